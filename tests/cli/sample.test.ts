// A sample of a stream: of the size asked for, each name once, and each as likely as any other.
import { expect, test } from 'vitest';
import { createSample } from '#cli/sample.ts';

test('holds what it can of a short stream, and no name twice', () => {
  const sample = createSample<number>(5);
  for (const item of [1, 2, 1, 3, 2]) sample.offer(String(item), item);
  expect(sample.taken()).toEqual([1, 2, 3]);
  const none = createSample<number>(0);
  none.offer('1', 1);
  expect(none.taken()).toEqual([]);
});

test('takes the first and the last of a long one equally often', () => {
  const times = new Map<number, number>();
  const [runs, length, size] = [4_000, 10, 2];
  for (let run = 0; run < runs; run++) {
    const sample = createSample<number>(size);
    for (let item = 0; item < length; item++) sample.offer(String(item), item);
    expect(new Set(sample.taken()).size).toBe(size);
    for (const item of sample.taken()) times.set(item, (times.get(item) ?? 0) + 1);
  }
  // 800 each, with a deviation of 25: eight of them happen once in 10^15.
  for (let item = 0; item < length; item++)
    expect(Math.abs(times.get(item)! - 800)).toBeLessThan(200);
});
