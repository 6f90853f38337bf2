// What fails is tried again later and later, and forgotten once it has gone well.
import { expect, test } from 'vitest';
import { createRetries } from '#coordinator/retries.ts';

const waits = { failedMs: 60_000, failedMsMax: 240_000 };

test('each failure in a row waits twice as long, up to a limit', () => {
  let now = 0;
  const retries = createRetries<string>(() => now, waits);
  for (const waitMs of [60_000, 120_000, 240_000, 240_000]) {
    retries.failed('batch');
    now += waitMs - 1;
    expect(retries.waiting()).toEqual(['batch']);
    now += 1;
    expect(retries.waiting()).toEqual([]);
  }
});

test('one that fails does not hold up another', () => {
  const retries = createRetries<string>(() => 0, waits);
  retries.failed('one');
  expect(retries.waiting()).toEqual(['one']);
  retries.failed('other');
  expect(retries.waiting()).toEqual(['one', 'other']);
});

test('what has not failed for long begins anew', () => {
  let now = 0;
  const retries = createRetries<string>(() => now, waits);
  retries.failed('batch');
  retries.failed('batch');
  now += 120_000 + 2 * 240_000;
  expect(retries.waiting()).toEqual([]);
  retries.failed('batch');
  now += 60_000;
  expect(retries.waiting()).toEqual([]);
});
