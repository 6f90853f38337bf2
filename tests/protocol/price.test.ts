// A price is exact, rounded up once, and at the first rate what a credit was before there were rates.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstRate, priceOf, rateMax } from '#protocol/price.ts';

const costs = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const rates = fc.integer({ min: 1, max: rateMax });

test('a price is cost times rate by 10^9, rounded up, and a safe integer for every cost', () => {
  fc.assert(
    fc.property(costs, rates, (cost, rate) => {
      const price = BigInt(priceOf(cost, rate));
      const exact = BigInt(cost) * BigInt(rate);
      expect(price * 10n ** 9n >= exact && (price - 1n) * 10n ** 9n < exact).toBe(true);
      expect(price > 0n && price <= BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    }),
  );
});

test('at the first rate a credit is a million multiply-adds, rounded up', () => {
  fc.assert(
    fc.property(costs, (cost) => {
      expect(priceOf(cost, firstRate)).toBe(Math.ceil(cost / 1_000_000));
    }),
  );
});

test('two parts never cost less than the whole, and a higher rate never less', () => {
  const half = fc.integer({ min: 1, max: 2 ** 52 - 1 });
  fc.assert(
    fc.property(half, half, rates, (a, b, rate) => {
      expect(priceOf(a, rate) + priceOf(b, rate)).toBeGreaterThanOrEqual(priceOf(a + b, rate));
      expect(priceOf(a, rateMax)).toBeGreaterThanOrEqual(priceOf(a, rate));
    }),
  );
});

test('what is no cost, or no rate, is a mistake', () => {
  for (const cost of [0, -1, 0.5, 2 ** 53]) expect(() => priceOf(cost, 1)).toThrow('a cost is');
  for (const rate of [0, -1, 0.5, rateMax + 1]) expect(() => priceOf(1, rate)).toThrow('a rate is');
});
