// Whatever anybody answers, the market page has something that it can show, or nothing at all.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEpochs } from '#page/epochs.ts';
import { readMarket, readPrice } from '#page/market-answers.ts';
import { formatToken } from '#words/format-token.ts';
import { busyEpochs, busyMarket, busyPrice, emptyEpochs, emptyMarket } from './market-samples.ts';

const anything = fc.oneof(
  fc.anything({ withBigInt: true, withNullPrototype: true }),
  fc.record({ rate: fc.anything(), history: fc.anything() }),
  fc.record({ waiting: fc.object(), earned: fc.object(), models: fc.anything() }),
  fc.record({
    contract: fc.constant(busyEpochs.contract),
    chain_id: fc.constant(1),
    credits_per_token_unit: fc.constant(1000),
    token: fc.anything(),
    epochs: fc.anything(),
  }),
);

test('any answer gives figures that are figures, or none', () => {
  const isAmount = (value: unknown) => Number.isFinite(value) && Number(value) >= 0;
  fc.assert(
    fc.property(anything, (answer) => {
      const market = readMarket(answer);
      if (market) {
        const { waiting, capacity, hours } = market;
        expect(Object.values(waiting).every(isAmount)).toBe(true);
        expect(capacity.every(({ multiplyAddsPerSecond: speed }) => isAmount(speed))).toBe(true);
        expect(hours.every(({ low, middle, high }) => [low, middle, high].every(isAmount))).toBe(
          true,
        );
      }
      const price = readPrice(answer);
      if (price) {
        expect(price.rate > 0 && isAmount(price.endsInMs)).toBe(true);
        expect(price.history.every(({ rate }) => rate > 0)).toBe(true);
      }
      const settlement = readEpochs(answer);
      if (settlement) {
        expect(settlement.contract).toMatch(/^0x[0-9a-f]{40}$/);
        expect(settlement.epochs.every(({ number }) => number > 0)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('what a coordinator answers is read whole', () => {
  expect(readMarket(busyMarket)).toMatchObject({
    models: [{ name: 'all-MiniLM-L6-v2', units: 18_240 }, { isBounded: true }],
    capacity: [{ machines: 41, measured: 37 }, { machines: 118 }],
    waiting: { units: 18_240, tooDear: 2_048 },
    hours: [{ backend: 'webgpu', low: 118_400, middle: 402_750, high: 1_204_000 }],
  });
  const price = readPrice(busyPrice);
  expect(price).toMatchObject({ rate: 1_312, endsInMs: 1_380_000, target: 0.5 });
  expect(price?.history).toHaveLength(336);
  expect(price?.history.some(({ busy }) => busy === null)).toBe(true);
  expect(readEpochs(busyEpochs)?.epochs.map(({ state }) => state)).toEqual([
    'posted',
    'final',
    'struck',
    'final',
  ]);
  expect(readEpochs(emptyEpochs)).toBeNull();
  expect(readEpochs({})).toBeUndefined();
  expect(readMarket(emptyMarket)?.hours).toEqual([]);
});

test('amounts of a token are told to the last unit', () => {
  const told = (units: string, decimals: number) =>
    formatToken(units, { symbol: 'USD', decimals }).replaceAll('\u00a0', ' ');
  expect(told('1500000', 6)).toBe('1.5 USD');
  expect(told('1', 6)).toBe('0.000001 USD');
  expect(told('0', 6)).toBe('0 USD');
  expect(told('42', 0)).toBe('42 USD');
  expect(told('12345678901234567890123456', 18)).toBe('12,345,678.901234567890123456 USD');
});
