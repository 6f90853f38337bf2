// Greedy CTC decoding (Graves et al. 2006): the likeliest class of each step, repeats folded, blanks
// dropped.
import { IdlewildError } from '#protocol/errors.ts';

export interface DecodedText {
  text: string;
  /** Mean probability of the steps that gave the characters, 0 to 1; 0 where there are none. */
  score: number;
}

/**
 * @param probabilities [steps, classes], class 0 the blank
 * @param characters the text of class 1 and up
 * @throws ocr/characters where the model has other classes than the list
 */
export function decodeCtc(
  probabilities: ArrayLike<number>,
  classes: number,
  characters: readonly string[],
): DecodedText {
  if (classes !== characters.length + 1) {
    throw new IdlewildError('ocr/characters', 'The recognizer has another list of characters.', {
      metaMessages: [`It tells ${classes - 1} apart, the list has ${characters.length}.`],
    });
  }
  let text = '';
  let sum = 0;
  let count = 0;
  let previous = 0;
  for (let start = 0; start + classes <= probabilities.length; start += classes) {
    let best = 0;
    for (let index = 1; index < classes; index++) {
      if (probabilities[start + index] > probabilities[start + best]) best = index;
    }
    if (best !== 0 && best !== previous) {
      text += characters[best - 1];
      sum += probabilities[start + best];
      count++;
    }
    previous = best;
  }
  return { text, score: count === 0 ? 0 : sum / count };
}
