// The price's controller in markets that nobody knows: the bounds of docs/price.md, checked.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateRules } from '#ledger/rate-controller.ts';
import { makeDraw } from './draw.ts';
import {
  calmMarket,
  farthestSwing,
  firstRate,
  type Market,
  measureMarket,
  runMarket,
  stableElasticity,
} from './market.ts';
import { runMarketCommand } from './market-command.ts';
import { drawMarkets } from './market-picture.ts';
import { type MarketRow, runMarkets } from './market-scenarios.ts';
import { isStable } from './market-table.ts';

const shock = 50;

function measure(change: Partial<Market>, seed = 1) {
  const market = { ...calmMarket, ...change };
  return measureMarket(runMarket(market, rateRules, makeDraw(seed)), shock);
}

/** Everything is heard as late, and one side alone answers. */
const late = (delay: number, supplyElasticity: number): Partial<Market> => ({
  supplyDelay: delay,
  demandDelay: delay,
  supplyElasticity,
  demandElasticity: 0,
  demandAt: (epoch) => (epoch < shock ? 1 : 1.1),
  epochs: 6_000,
});

describe('the bound of stability', () => {
  test.each([3, 6, 12, 24])(
    'heard %i epochs late: within it the rate rests, beyond it swings',
    (delay) => {
      const bound = stableElasticity(delay, rateRules);
      const within = measure(late(delay, 0.95 * bound));
      expect(within.settleEpochs).not.toBeNull();
      // The published rate is an integer: two to either side.
      expect(within.swing).toBeLessThan(1 + 5 / within.restingRate);
      const beyond = measure(late(delay, 1.1 * bound));
      expect(beyond.swing).toBeGreaterThan(1.05);
      expect(beyond.swing).toBeLessThanOrEqual(farthestSwing(delay, rateRules) * 1.01);
    },
  );

  test('at half of it, a shock is over soon, and never comes twice', () => {
    for (const delay of [3, 6, 12, 24]) {
      const half = measure(late(delay, stableElasticity(delay, rateRules) / 2));
      expect(half.settleEpochs).toBeLessThanOrEqual(6 * (delay + 1));
    }
  });

  test('without a delay no elasticity below 32 overshoots its half', () => {
    for (const elasticity of [1, 4, 16]) {
      const { overshoot, settleEpochs } = measure(late(0, elasticity));
      expect(overshoot).toBeLessThan(1.01);
      expect(settleEpochs).not.toBeNull();
    }
  });

  test('however elastic and late, it swings no wider than it can step in that time', () => {
    const world = fc.record({
      demandElasticity: fc.double({ min: 0.1, max: 20, noNaN: true }),
      supplyElasticity: fc.double({ min: 0, max: 20, noNaN: true }),
      demandDelay: fc.integer({ min: 0, max: 20 }),
      supplyDelay: fc.integer({ min: 0, max: 20 }),
      times: fc.double({ min: 0.2, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(world, ({ times, ...change }) => {
        const { swing } = measure({ ...change, demandAt: (epoch) => (epoch < shock ? 1 : times) });
        const delay = Math.max(change.demandDelay, change.supplyDelay);
        // The rate that is heard is an integer, 100 or more.
        expect(swing).toBeLessThanOrEqual(farthestSwing(delay, rateRules) * 1.02);
      }),
      { numRuns: 60 },
    );
  });
});

describe('over a grid', () => {
  const grid = { elasticities: [0.25, 1], delays: [0, 12] };
  const half = (row: MarketRow) => isStable(row, 1 / 2);

  test('ten times the demand, none, half of the supply: it settles, and keeps its bound', () => {
    const rows = runMarkets(
      ['demand x10', 'demand gone', 'supply halved', 'late verdicts'],
      1,
      grid,
    );
    expect(rows.filter(half).length).toBeGreaterThan(16);
    for (const row of rows) {
      if (half(row)) expect(row.settleEpochs).not.toBeNull();
      expect(row.swing).toBeLessThanOrEqual((row.swingBound ?? 0) * 1.02);
    }
  });

  test('who switches demand on and off moves it by what it can step, and leaves no drift', () => {
    for (const row of runMarkets(['on and off'], 1, grid)) {
      if (isStable(row)) expect(row.swing).toBeLessThanOrEqual(1.05 ** 12 * 1.01);
      expect(row.meanRate).toBeGreaterThan(firstRate / 2);
      expect(row.meanRate).toBeLessThan(firstRate * 2);
    }
  });

  test('faked and hidden capacity move it by their share to the power of one by elasticity', () => {
    for (const row of runMarkets(['faked capacity', 'hidden capacity'], 1, grid).filter(half)) {
      const times = row.scenario === 'faked capacity' ? 1 / 1.5 : 1 / (1 - 0.25);
      const elasticity = row.demandElasticity + row.supplyElasticity;
      const moved = row.meanRate / firstRate / times ** (1 / elasticity);
      expect(Math.abs(moved - 1)).toBeLessThan(0.02);
    }
  });

  test('who is alone at night with its own demand moves it by a few per cent', () => {
    for (const row of runMarkets(['night pump'], 1, grid).filter(half)) {
      expect(row.swing).toBeLessThan(1.04);
      expect(Math.abs(row.meanRate / firstRate - 1)).toBeLessThan(0.08);
    }
  });

  test('a fifth of noise leaves no bias', () => {
    for (const seed of [1, 2]) {
      for (const row of runMarkets(['noise'], seed, grid).filter(half)) {
        expect(Math.abs(row.meanRate / firstRate - 1)).toBeLessThan(0.05);
      }
    }
  });
});

test('the command prints one JSON object, a table, and a picture', () => {
  const scenarios = ['demand gone'];
  const { rows } = JSON.parse(runMarketCommand({ scenarios, seed: 1, json: true }));
  expect(rows).toHaveLength(64);
  expect(rows[0]).toMatchObject({ scenario: 'demand gone', delay: 0, overshoot: 1, meanRate: 100 });
  expect(runMarketCommand({ scenarios, seed: 1, json: false }).split('\n')).toHaveLength(7);
  expect(drawMarkets(1)).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
});
