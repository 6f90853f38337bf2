// Loops among a window's words: times between them are looked past, since each repeat may have its
// own.
import { findLoop } from './find-loop.ts';
import type { Vocabulary } from './vocabulary.ts';

/**
 * @returns the tokens with what was repeated left out but once, its times with it; `loops` whether
 * there was any
 */
export function dropLoops(
  tokens: readonly number[],
  { timeBegin }: Vocabulary,
): { tokens: number[]; loops: boolean } {
  let kept = tokens.map((token, index) => ({ token, index }));
  let loops = false;
  for (;;) {
    const words = kept.filter(({ token }) => token < timeBegin);
    const loop = findLoop(words.map(({ token }) => token));
    if (!loop) break;
    loops = true;
    const first = words[loop.from].index;
    const last = words[loop.to - 1].index;
    kept = kept.filter(({ index }) => index < first || index > last);
  }
  return { tokens: kept.map(({ token }) => token), loops };
}
