// The formulas against brute force and against each other.
import { expect, test } from 'vitest';
import {
  bestLies,
  chanceCaught,
  liesBeforeCaught,
  majorityError,
  spotCheckBound,
  spotCheckError,
  survivingLies,
} from './bounds.ts';

test('majority voting: all ways that wrong results can win, counted one by one', () => {
  for (const [wrong, m] of [
    [0.2, 1],
    [0.2, 2],
    [0.05, 3],
  ]) {
    const voters = 2 * m - 1;
    let error = 0;
    for (let votes = 0; votes < 2 ** voters; votes++) {
      const liars = votes.toString(2).replaceAll('0', '').length;
      if (liars >= m) error += wrong ** liars * (1 - wrong) ** (voters - liars);
    }
    expect(majorityError(wrong, m)).toBeCloseTo(error, 12);
  }
});

test('spot checks: no share of lies exceeds the bound, and the best one comes near it', () => {
  const checks = { checked: 1 / 32, pieces: 2_000, saboteurs: 0.2 };
  const shares = Array.from({ length: 1_000 }, (_, i) => (i + 1) / 1_000);
  const worst = Math.max(...shares.map((share) => spotCheckError(checks, share)));
  expect(worst).toBeLessThan(spotCheckBound(checks));
  expect(worst).toBeGreaterThan(0.9 * spotCheckBound(checks));
});

test('of one liar whose lies are all thrown out together, about 1 / (e p) survive', () => {
  for (const caught of [0.02, 0.025, 0.1, 0.3]) {
    const { lies, surviving } = bestLies(caught);
    for (let k = 1; k < 200; k++) {
      expect(survivingLies(k, caught)).toBeLessThanOrEqual(surviving + 1e-12);
    }
    expect(lies * caught).toBeGreaterThan(0.6);
    expect(surviving * caught * Math.E).toBeGreaterThan(0.8);
    expect(surviving * caught * Math.E).toBeLessThanOrEqual(1);
  }
});

test('a wrong row is caught by a stranger or by the coordinator', () => {
  const sampled = { audited: 1, rows: 32, friends: 0.2, coordinatorShare: 0 };
  expect(chanceCaught(sampled)).toBeCloseTo(0.8 / 32, 12);
  expect(chanceCaught({ ...sampled, coordinatorShare: 1 })).toBeCloseTo(1 / 32, 12);
  // The 40 rows of one liar that DESIGN.md promises, less the one that is seen.
  expect(liesBeforeCaught(chanceCaught(sampled), Number.POSITIVE_INFINITY)).toBeCloseTo(39, 6);
  expect(liesBeforeCaught(0.5, 2)).toBeCloseTo(0.75, 12);
});
