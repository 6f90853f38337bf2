// Enough work ahead: for one lane and for many, whatever a unit takes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import { unitsAhead } from '#worker/schedule.ts';

const unitMs = fc.double({ min: 1, max: 60_000, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const queued = fc.integer({ min: 0, max: limits.workLeasesMax });

test('one lane asks below a second of work, for two seconds of it', () => {
  expect(unitsAhead(100, [0.5], 0)).toBe(20);
  expect(unitsAhead(100, [0.5], 9)).toBe(11);
  expect(unitsAhead(100, [0.5], 10)).toBe(0);
  expect(unitsAhead(900, [0.2], 0)).toBe(3);
  expect(unitsAhead(10_000, [0.95], 0)).toBe(1);
  expect(unitsAhead(10_000, [0.5], 0)).toBe(0);
  expect(unitsAhead(1, [1], 0)).toBe(limits.workLeasesMax);
});

test('lanes out of step ask for the first that starves, and idle ones for all', () => {
  expect(unitsAhead(10_000, [0.95, 0.1, 0.3, 0.5], 0)).toBe(1);
  expect(unitsAhead(10_000, [0.95, 0.1, 0.3, 0.5], 1)).toBe(0);
  expect(unitsAhead(10_000, [1, 1, 1, 1], 0)).toBe(4);
  expect(unitsAhead(10_000, [0, 0, 0, 0], 0)).toBe(0);
  expect(unitsAhead(500, [0, 0, 0, 0], 0)).toBe(13);
});

/** When the first lane runs dry, each unit taken by the lane that is free first. */
function dryAt(ms: number, shares: number[], units: number): number {
  const free = shares.map((done) => ms * (1 - done));
  for (let unit = 0; unit < units; unit++) {
    const first = free.indexOf(Math.min(...free));
    free[first] += ms;
  }
  return Math.min(...free);
}

test('no lane starves within a second after an answer, and none is flooded', () => {
  const lanes = fc.array(share, { minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(unitMs, lanes, queued, (ms, shares, waiting) => {
      const ahead = unitsAhead(ms, shares, waiting);
      expect(ahead).toBeLessThanOrEqual(limits.workLeasesMax);
      if (ahead > 0) {
        expect(dryAt(ms, shares, waiting)).toBeLessThan(1_000);
        const isFull = ahead === limits.workLeasesMax;
        if (!isFull) expect(dryAt(ms, shares, waiting + ahead)).toBeGreaterThanOrEqual(1_000);
        // One unit fewer would not be two seconds ahead of the first lane.
        const rest = shares.with(shares.indexOf(Math.max(...shares)), 1);
        expect(dryAt(ms, rest, waiting + ahead - 1)).toBeLessThan(2_000);
      }
    }),
  );
});
