// What is remembered of outputs, until as many others came that it is overwritten.
import { expect, test } from 'vitest';
import { createRowDigests } from '#coordinator/row-digests.ts';

const digest = (fill: number) => new Uint8Array(32).fill(fill);

test('a row of an output that came lately has its digest', () => {
  const known = createRowDigests();
  known.keep('one', [digest(1), digest(2)]);
  known.keep('two', [digest(3)]);
  expect(known.find('one', 1)).toEqual(digest(2));
  expect(known.find('two', 0)).toEqual(digest(3));
  expect(known.find('three', 0)).toBeNull();
});

test('the oldest is forgotten, never mistaken', () => {
  const known = createRowDigests();
  const count = 10_000;
  for (let i = 0; i < count; i++) known.keep(`blob ${i}`, [digest(i & 255)]);
  expect(known.find('blob 0', 0)).toBeNull();
  for (let i = count - 8_192; i < count; i++) {
    expect(known.find(`blob ${i}`, 0)?.[0]).toBe(i & 255);
  }
});
