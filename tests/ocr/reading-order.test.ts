// The order of lines: headings over columns, prose in columns, tables by row, pages that are askew.
import { expect, test } from 'vitest';
import type { Box, Point } from '#ocr/page-image.ts';
import { readingOrder } from '#ocr/reading-order.ts';

type Line = readonly [name: string, left: number, top: number, width: number, height?: number];

function boxOf([, left, top, width, height = 24]: Line, degrees: number): Box {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turn = (x: number, y: number): Point => [x * cos - y * sin, x * sin + y * cos];
  const [right, bottom] = [left + width, top + height];
  return [turn(left, top), turn(right, top), turn(right, bottom), turn(left, bottom)];
}

/** The lines' names in reading order, given in an order that has nothing to do with it. */
function read(lines: readonly Line[], degrees = 0): string {
  const shuffled = lines.map((_, index) => lines[(index * 7 + 3) % lines.length]);
  const order = readingOrder(shuffled.map((line) => boxOf(line, degrees)));
  return order.map((index) => shuffled[index][0]).join(' ');
}

const columns: Line[] = [
  ['title', 100, 0, 700, 40],
  ['l1', 0, 100, 400],
  ['l2', 0, 128, 395],
  ['l3', 0, 156, 120],
  ['l4', 0, 210, 400],
  ['r1', 450, 104, 400],
  ['r2', 450, 132, 390],
  ['r3', 450, 185, 400],
  ['r4', 450, 213, 200],
  ['foot', 0, 300, 850],
];

test('one column is read from top to bottom, though its lines touch', () => {
  const lines = Array.from({ length: 9 }, (_, i): Line => [`${i}`, 10 * (i % 2), 20 * i, 600]);
  expect(read(lines)).toBe('0 1 2 3 4 5 6 7 8');
});

test('columns are read one after the other, between what spans them', () => {
  expect(read(columns)).toBe('title l1 l2 l3 l4 r1 r2 r3 r4 foot');
});

test.each([-8, -2, 3, 10, 90, 180, 270])('also on a page turned by %i degrees', (degrees) => {
  expect(read(columns, degrees)).toBe('title l1 l2 l3 l4 r1 r2 r3 r4 foot');
});

test('a table is read by rows', () => {
  const lines: Line[] = [
    ['head', 0, 0, 600],
    ['a1', 0, 60, 300],
    ['a2', 400, 62, 40],
    ['a3', 500, 58, 80],
    ['b1', 0, 100, 200],
    ['b2', 410, 99, 30],
    ['b3', 510, 101, 70],
    ['c1', 0, 140, 350],
    ['c3', 505, 141, 75],
  ];
  expect(read(lines)).toBe('head a1 a2 a3 b1 b2 b3 c1 c3');
});

test('no lines, one line, and lines of no size have an order too', () => {
  expect(readingOrder([])).toEqual([]);
  expect(read([['only', 5, 5, 50]])).toBe('only');
  expect(read([['a', 5, 5, 0, 0]])).toBe('a');
});
