// A greedy decoder that lost its way says the same again and again. What repeats at the end of a
// window is found here, so that the window can be heard anew, or the repeats left out.

/** Repeats in a row that no speaker is believed, and tokens that they have together. */
const repeatsMin = 4;
const tokensMin = 12;
const periodMax = 64;

export interface Loop {
  /** Where the first repeat begins: what lies before was said once. */
  from: number;
  /** Where the last one ends. */
  to: number;
}

/** The first loop among the tokens. */
export function findLoop(tokens: readonly number[]): Loop | null {
  for (let start = 0; start + tokensMin <= tokens.length; start++) {
    for (let period = 1; period <= periodMax; period++) {
      const end = endOfRun(tokens, start, period);
      const repeats = Math.floor((end - start) / period);
      if (repeats >= repeatsMin && repeats * period >= tokensMin) {
        return { from: start + period, to: end };
      }
    }
  }
  return null;
}

/** Where tokens stop to equal those a period before. */
function endOfRun(tokens: readonly number[], start: number, period: number): number {
  let at = start + period;
  while (at < tokens.length && tokens[at] === tokens[at - period]) at++;
  return at;
}
