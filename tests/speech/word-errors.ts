// Word errors of a transcript: substitutions, insertions and deletions against what was said. Case,
// punctuation and the two ways to write a small number or a title are no errors.

const numbers =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const spelled = new Map([
  ['mr', 'mister'],
  ...numbers.map((word, i) => [String(i), word] as const),
]);

function toWords(text: string): string[] {
  const plain = text.toLowerCase().replace(/[^\p{L}\p{N}' ]/gu, ' ');
  return plain
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => spelled.get(word) ?? word);
}

export interface WordErrors {
  errors: number;
  words: number;
  rate: number;
}

/** By Levenshtein's distance. */
export function countWordErrors(said: string, heard: string): WordErrors {
  const [wanted, given] = [toWords(said), toWords(heard)];
  let row = Array.from({ length: given.length + 1 }, (_, i) => i);
  for (const [i, word] of wanted.entries()) {
    const next = [i + 1];
    for (const [j, other] of given.entries()) {
      next.push(Math.min(row[j] + (word === other ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  const errors = row[given.length];
  return { errors, words: wanted.length, rate: errors / wanted.length };
}
