// What the recognizer's steps say, and how a page becomes text.
import { expect, test } from 'vitest';
import { englishCharacters, parseCharacters } from '#ocr/characters.ts';
import { decodeCtc } from '#ocr/ctc-text.ts';
import type { Box } from '#ocr/page-image.ts';
import { pageText } from '#ocr/page-text.ts';
import { characterErrorRate, editDistance } from './character-errors.ts';

/** Steps of three classes; the likeliest is given with its probability. */
function steps(...likely: [index: number, probability: number][]): number[] {
  return likely.flatMap(([index, probability]) =>
    [0, 1, 2].map((at) => (at === index ? probability : (1 - probability) / 2)),
  );
}

test('repeats are folded, blanks dropped and kept apart by', () => {
  const said = steps([1, 0.9], [1, 0.8], [0, 0.9], [1, 0.7], [2, 0.8], [0, 1]);
  const { text, score } = decodeCtc(said, 3, ['a', 'b']);
  expect(text).toBe('aab');
  expect(score).toBeCloseTo(0.8);
});

test('nothing but blanks is no text', () => {
  expect(decodeCtc(steps([0, 1], [0, 1]), 3, ['a', 'b'])).toEqual({ text: '', score: 0 });
});

test('another list of characters is refused', () => {
  expect(() => decodeCtc(steps([0, 1]), 3, ['a'])).toThrow('another list');
});

test('the English list is that of PaddleOCR', () => {
  expect(englishCharacters).toHaveLength(96);
  expect(englishCharacters.slice(0, 11).join('')).toBe('0123456789:');
  expect(englishCharacters.slice(78, 82).join('')).toBe('~!"#');
  expect(englishCharacters.slice(-3)).toEqual(['/', ' ', ' ']);
  expect(new Set(englishCharacters).size).toBe(95);
});

test('a list of characters is one a line, and gets a space', () => {
  expect(parseCharacters('a\nb\r\n \nc\n')).toEqual(['a', 'b', ' ', 'c', ' ']);
});

const boxAt = (left: number, top: number, width: number): Box => [
  [left, top],
  [left + width, top],
  [left + width, top + 20],
  [left, top + 20],
];
const line = (text: string, box: Box) => ({ text, box, score: 1 });

test('lines are lines, cells of a row have tabs between them, parts of a sentence a space', () => {
  const lines = [
    line('Head ', boxAt(0, 0, 200)),
    line('one', boxAt(0, 40, 60)),
    line('two', boxAt(70, 41, 60)),
    line('3', boxAt(300, 39, 20)),
    line('next', boxAt(0, 70, 60)),
    line('column', boxAt(300, 0, 60)),
  ];
  expect(pageText({ lines })).toBe('Head\none two\t3\nnext\ncolumn');
  expect(pageText({ lines: [] })).toBe('');
});

test('the error rate counts edits, once quotes, dashes and spaces are plain', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'ab')).toBe(2);
  expect(characterErrorRate('“Well—no’,\n he', '"Well--no\', he')).toBe(0);
  expect(characterErrorRate('ten letter', 'ten lettex')).toBeCloseTo(0.1);
});
