// One window's tokens cut into segments at their times, and how far the window was understood: the
// next begins there (whisper/transcribe.py).
import { framesPerSecond } from './log-mel.ts';
import { secondsPerTime, type Vocabulary } from './vocabulary.ts';

interface CutSegment {
  /** Seconds from the window's begin. */
  start: number;
  end: number;
  /** Times included. */
  tokens: number[];
}

export interface CutWindow {
  segments: CutSegment[];
  /** Frames of the window that are done with, above 0. */
  frames: number;
}

const framesPerTime = secondsPerTime * framesPerSecond;

/**
 * @param tokens what the decoder gave, without its start
 * @param frames of sound in the window
 */
export function cutSegments(
  tokens: readonly number[],
  frames: number,
  { timeBegin }: Vocabulary,
): CutWindow {
  const isTime = tokens.map((token) => token >= timeBegin);
  const secondsAt = (index: number) => (tokens[index] - timeBegin) * secondsPerTime;
  // Where one segment's end is followed by the next one's begin.
  const cuts: number[] = [];
  for (let i = 1; i < tokens.length; i++) if (isTime[i - 1] && isTime[i]) cuts.push(i);
  const closes = isTime.at(-1) === true && isTime.at(-2) === false;
  if (cuts.length === 0) {
    const last = isTime.lastIndexOf(true);
    const heard = last >= 0 ? secondsAt(last) : 0;
    const end = heard > 0 ? heard : frames / framesPerSecond;
    return { segments: [{ start: 0, end, tokens: [...tokens] }], frames };
  }
  if (closes) cuts.push(tokens.length);
  let from = 0;
  const segments = cuts.map((cut) => {
    const segment = {
      start: secondsAt(from),
      end: secondsAt(cut - 1),
      tokens: tokens.slice(from, cut),
    };
    from = cut;
    return segment;
  });
  // A single time at the end: nothing was said after it. Else the last begin is heard again.
  const understood = closes ? frames : (tokens[from - 1] - timeBegin) * framesPerTime;
  const advance = understood > 0 && understood <= frames ? understood : frames;
  return { segments, frames: Math.round(advance) };
}
