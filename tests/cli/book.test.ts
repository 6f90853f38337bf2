// The demo's text: cut by one fixed rule, spread over the whole book.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readBook, splitSentences } from '#cli/book.ts';

test('sentences end at their marks, not at abbreviations', () => {
  expect(
    splitSentences(
      'Call me Ishmael, said he. "Who is Mr. Starbuck of the Pequod?" asked I of him!\n\n' +
        'A new paragraph\nis one sentence. So. The end of it all.',
    ),
  ).toEqual([
    'Call me Ishmael, said he.',
    '"Who is Mr. Starbuck of the Pequod?" asked I of him!',
    'A new paragraph is one sentence.',
    'The end of it all.',
  ]);
});

test('a long sentence is cut at its semicolons', () => {
  const clause = 'the sea rolled on as it rolled five thousand years ago;';
  const pieces = splitSentences(`${Array(40).fill(clause).join(' ')} and so on.`);
  expect(pieces.length).toBeGreaterThan(1);
  for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(700);
  expect(pieces.join(' ').split(' ').length).toBe(40 * 11 + 3);
});

test('the book is the same everywhere', () => {
  const book = readBook(Number.MAX_SAFE_INTEGER);
  expect(book.length).toBe(8177);
  const text = book.map((sentence) => sentence.text).join('\n');
  expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toMatchInlineSnapshot(
    `"6e86c6ebf127b9e2"`,
  );
  expect(Math.max(...book.map((sentence) => sentence.text.length))).toBeLessThanOrEqual(700);
});

test('fewer sentences are spread over the whole book', () => {
  const chapters = new Set(readBook(500).map(({ chapter }) => chapter));
  expect(chapters.size).toBeGreaterThan(100);
  expect([...chapters]).toContain('42. The Whiteness of The Whale.');
});
