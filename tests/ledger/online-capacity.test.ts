// What was online, by what was proved: no claim of a contributor's is in it, and waiting must be earned.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capacityOf } from '#ledger/online-capacity.ts';

const hour = 3_600_000;
const day = { verified: 1_000_000n, busyMs: hour, waitingMs: hour };

test('who worked an hour and waits one would have done as much again', () => {
  expect(capacityOf({ busyMs: hour, waitingMs: 0 }, { ...day, waitingMs: 0 })).toBe(1_000_000n);
  expect(capacityOf({ busyMs: 0, waitingMs: hour }, day)).toBe(1_000_000n);
  expect(capacityOf({ busyMs: hour / 2, waitingMs: hour / 2 }, day)).toBe(1_000_000n);
});

test('who proved nothing, or for less than a minute, has no capacity', () => {
  expect(capacityOf({ busyMs: hour, waitingMs: 0 }, { ...day, verified: 0n })).toBe(0n);
  expect(capacityOf({ busyMs: 0, waitingMs: hour }, { ...day, busyMs: 59_999 })).toBe(0n);
});

test('a day of waiting counts for no more than eight times the work that proved the speed', () => {
  const faker = { verified: 1_000_000n, busyMs: hour, waitingMs: 23 * hour };
  const counted = Array.from({ length: 23 }, () =>
    capacityOf({ busyMs: 0, waitingMs: hour }, faker),
  ).reduce((sum, one) => sum + one, 0n);
  expect(counted <= 8_000_000n).toBe(true);
  expect(counted > 7_999_900n).toBe(true);
});

test('work that is held and not done lowers what the same presence counts for', () => {
  const times = fc.integer({ min: 60_000, max: 20 * hour });
  fc.assert(
    fc.property(times, times, fc.bigInt(1n, 10n ** 18n), (busyMs, waitingMs, verified) => {
      const honest = { verified, busyMs, waitingMs };
      const idle = { ...honest, busyMs: 2 * busyMs };
      const presence = { busyMs: 0, waitingMs };
      // Rounded down once each; the longer time at work lets more of the waiting count.
      const most = capacityOf(presence, honest);
      if (waitingMs <= 8 * busyMs) expect(capacityOf(presence, idle) <= most / 2n + 1n).toBe(true);
      expect(capacityOf(presence, idle) <= most + 1n).toBe(true);
    }),
  );
});

test('an epoch outside of its day is a mistake', () => {
  expect(() => capacityOf({ busyMs: 2 * hour, waitingMs: 0 }, day)).toThrow('part of the day');
  expect(() => capacityOf({ busyMs: 0.5, waitingMs: 0 }, day)).toThrow('whole milliseconds');
});
