// The character error rate: edits (Levenshtein 1966) between what a page says and what was read, over
// the characters that it says.

export function editDistance(wanted: string, read: string): number {
  let previous = Array.from({ length: read.length + 1 }, (_, column) => column);
  for (let row = 1; row <= wanted.length; row++) {
    const current = [row];
    for (let column = 1; column <= read.length; column++) {
      const isEqual = wanted[row - 1] === read[column - 1];
      current[column] = Math.min(
        previous[column] + 1,
        current[column - 1] + 1,
        previous[column - 1] + (isEqual ? 0 : 1),
      );
    }
    previous = current;
  }
  return previous[read.length];
}

/**
 * What an English recognizer can say of it: it knows the characters of ASCII alone. Quotes are
 * straight, dashes hyphens (a long one may be read as two), and white space is one space.
 */
function foldText(text: string): string {
  return text
    .replace(/[“”]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/ ?[—-]+ ?/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

/** 0 to 1, and more where much was read that is not there. */
export function characterErrorRate(wanted: string, read: string): number {
  const folded = foldText(wanted);
  return editDistance(folded, foldText(read)) / folded.length;
}
