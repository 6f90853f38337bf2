// A history of rates is believed only as far as it follows from itself.
import { expect, test } from 'vitest';
import { findRateFault, type RateEntry } from '#ledger/audit-rates.ts';
import { nextRate, rateOf, startRate } from '#ledger/rate-controller.ts';

function makeHistory(): RateEntry[] {
  let state = startRate(1_000);
  return [900n, 1700n, 100n, 500n, 0n].map((verified, place) => {
    const seen = { verified, capacity: place === 4 ? 0n : 1_000n, waiting: place === 4 };
    state = nextRate(state, { ...seen, epoch: 7 * place });
    return { ...state, seen, rate: rateOf(state) };
  });
}

test('a history that follows from itself has no fault, from any of its entries on', () => {
  const history = makeHistory();
  for (let from = 0; from <= history.length; from++) {
    expect(findRateFault(history.slice(from))).toBeNull();
  }
});

test('one changed figure is found in its epoch, or in the next', () => {
  const changes: Partial<RateEntry>[] = [
    { rate: 1 },
    { level: 2n ** 30n },
    { carry: 5n },
    { usual: 5n },
    { epoch: 0 },
    { seen: { verified: 0n, capacity: 1_000n, waiting: false } },
  ];
  for (const change of changes) {
    const history = makeHistory();
    history[1] = { ...history[1], ...change };
    expect([0, 7, 14]).toContain(findRateFault(history));
  }
  const [first, second, ...others] = makeHistory();
  expect(findRateFault([second, first, ...others])).toBe(0);
});

test('an entry left out is found where it counted', () => {
  const history = makeHistory();
  expect(findRateFault(history.filter((_, place) => place !== 1))).toBe(14);
});
