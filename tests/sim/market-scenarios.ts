// What may happen to the price's market, over a grid of elasticities and delays that nobody knows.
import { rateRules } from '#ledger/rate-controller.ts';
import { makeDraw } from './draw.ts';
import {
  calmMarket,
  farthestSwing,
  type Market,
  type MarketMeasure,
  measureDriven,
  measureMarket,
  runMarket,
  stableElasticity,
} from './market.ts';

/** The epoch in which it happens. */
const shockEpoch = 100;

interface MarketScenario {
  about: string;
  change: Partial<Market>;
  /** It goes on happening, so that the rate never rests. */
  driven?: boolean;
}

const after =
  (value: number, before = 1) =>
  (epoch: number) =>
    epoch < shockEpoch ? before : value;
const isNight = (epoch: number) => epoch % 24 >= 16;

export const marketScenarios: Record<string, MarketScenario> = {
  'demand x10': { about: 'ten times the work, at once', change: { demandAt: after(10) } },
  'demand x10, kept': {
    about: 'the same, and what found nobody waits a day on average',
    change: { demandAt: after(10), patience: 24 },
  },
  'demand gone': { about: 'no work at all, for good', change: { demandAt: after(0) } },
  'supply halved': { about: 'half of the contributors leave', change: { supplyAt: after(0.5) } },
  'slow to join': {
    about: 'ten times the work; who hears of a rate comes within 12 epochs',
    change: { demandAt: after(10), joinEpochs: 12 },
  },
  'late verdicts': {
    about: 'ten times the work, verified two epochs later',
    change: { demandAt: after(10), verdictDelay: 2 },
  },
  noise: {
    about: 'demand and capacity of an epoch vary by a fifth',
    change: { noise: 0.2 },
    driven: true,
  },
  'day and night': {
    about: 'demand goes up and down by 60 per cent in 24 epochs',
    change: { demandAt: (epoch) => 1 + 0.6 * Math.sin((2 * Math.PI * epoch) / 24) },
    driven: true,
  },
  'on and off': {
    about: 'an adversary: twice the work for 12 epochs, none for 12',
    change: { demandAt: (epoch) => (epoch % 24 < 12 ? 2 : 0) },
    driven: true,
  },
  'faked capacity': {
    about: 'an adversary adds half of the capacity, which waits and never works',
    change: { fakeAt: after(0.5, 0) },
  },
  'hidden capacity': {
    about: 'a ring with a quarter of the capacity is gone whenever it is idle',
    change: { hiddenAt: after(0.25, 0) },
  },
  'night pump': {
    about: 'an adversary buys all of a hundredth of the capacity, alone there at night',
    change: {
      supplyAt: (epoch) => (isNight(epoch) ? 0.01 : 1),
      demandAt: (epoch) => (isNight(epoch) ? 10 : 1),
    },
    driven: true,
  },
};

const wholeGrid = { elasticities: [0.25, 0.5, 1, 2], delays: [0, 6, 12, 24] };

export interface MarketRow extends MarketMeasure {
  scenario: string;
  demandElasticity: number;
  supplyElasticity: number;
  delay: number;
  seed: number;
  /** Sum of the elasticities up to which the linear market comes to rest. */
  elasticityBound: number;
  /** What the rate's highest over lowest cannot exceed; null where the world itself goes on moving. */
  swingBound: number | null;
}

/** Every scenario at every point of the grid. */
export function runMarkets(
  names: readonly string[],
  seed: number,
  { elasticities, delays } = wholeGrid,
): MarketRow[] {
  return names.flatMap((scenario) =>
    delays.flatMap((delay) =>
      elasticities.flatMap((demandElasticity) =>
        elasticities.map((supplyElasticity) =>
          runOne(scenario, { delay, demandElasticity, supplyElasticity, seed }),
        ),
      ),
    ),
  );
}

type Point = Pick<MarketRow, 'delay' | 'demandElasticity' | 'supplyElasticity' | 'seed'>;

function runOne(scenario: string, point: Point): MarketRow {
  const { delay, demandElasticity, supplyElasticity, seed } = point;
  const { change, driven = false } = marketScenarios[scenario];
  const market = { ...calmMarket, demandElasticity, supplyElasticity, ...change };
  const delayed = { ...market, supplyDelay: delay, demandDelay: delay };
  const seen = runMarket(delayed, rateRules, makeDraw(seed));
  const measure = driven ? measureDriven(seen) : measureMarket(seen, shockEpoch);
  // Whoever is slow to join or to verify is late by as much at most.
  const late = delay + (market.joinEpochs - 1) + market.verdictDelay;
  return {
    scenario,
    ...point,
    ...measure,
    elasticityBound: stableElasticity(late, rateRules),
    swingBound: driven || market.patience > 0 ? null : farthestSwing(late, rateRules),
  };
}
