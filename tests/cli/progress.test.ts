// Words and tables for people: estimates of time left, and columns that line up.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress, table, timeLeft } from '#cli/progress.ts';

test('time left is an estimate once something is done', () => {
  expect(timeLeft(0, 10, 1000)).toBe('');
  expect(timeLeft(10, 10, 1000)).toBe('');
  expect(timeLeft(5, 10, 30_000)).toBe('about 30 s left');
  expect(timeLeft(1, 10, 10_000)).toBe('about 1 min 30 s left');
});

test('a table aligns words left and numbers right', () => {
  expect(
    table([
      ['who', 'units'],
      ['a longer name', '5'],
      ['b', '1234'],
    ]),
  ).toBe(
    [
      'who            units',
      '─────────────  ─────',
      'a longer name      5',
      'b               1234',
    ].join('\n'),
  );
});

test('progress is quiet when asked, and writes lines where there is no terminal', () => {
  const written = (quiet: boolean) => {
    const stream = new PassThrough() as unknown as NodeJS.WriteStream;
    const progress = createProgress(quiet, stream);
    progress.update('first');
    progress.update('too soon');
    progress.done('last');
    return String((stream as unknown as PassThrough).read() ?? '');
  };
  expect(written(true)).toBe('');
  expect(written(false)).toBe('first\nlast\n');
});
