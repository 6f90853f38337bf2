// The markets' rows for people: one line a scenario and delay, over the grid of elasticities.
import { table } from '#cli/progress.ts';
import type { MarketRow } from './market-scenarios.ts';

const head = [
  'scenario',
  'delay',
  'bound',
  'to half',
  'settles',
  'slowest',
  'overshoot',
  'to bound: swing',
  'beyond: swing',
  'at most',
  'mean rate',
];

export function printMarkets(rows: readonly MarketRow[]): string {
  const groups = new Map<string, MarketRow[]>();
  for (const row of rows) {
    const key = `${row.scenario}\t${row.delay}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups].map(([key, group]) => [...key.split('\t'), ...describe(group)]);
  return `${table([head, ...lines])}\n`;
}

export const isStable = (row: MarketRow, share = 1) =>
  row.demandElasticity + row.supplyElasticity <= share * row.elasticityBound;

/** Up to half of the bound it settles, up to the bound it does in the end, beyond it swings. */
function describe(group: readonly MarketRow[]): string[] {
  const half = group.filter((row) => isStable(row, 1 / 2));
  const stable = group.filter((row) => isStable(row));
  const beyond = group.filter((row) => !isStable(row));
  const settles = half.map(({ settleEpochs }) => settleEpochs ?? Number.POSITIVE_INFINITY);
  const bound = group[0].swingBound;
  return [
    group[0].elasticityBound.toFixed(2),
    `${half.length} of ${group.length}`,
    half.length === 0 ? '-' : count(median(settles)),
    half.length === 0 ? '-' : count(Math.max(...settles)),
    factor(half.map(({ overshoot }) => overshoot)),
    factor(stable.map(({ swing }) => swing)),
    factor(beyond.map(({ swing }) => swing)),
    bound === null ? '-' : bound.toFixed(2),
    half.length === 0 ? '-' : median(half.map(({ meanRate }) => meanRate)).toFixed(0),
  ];
}

const count = (epochs: number) => (Number.isFinite(epochs) ? epochs.toFixed(0) : '-');
function factor(factors: readonly (number | null)[]): string {
  const known = factors.filter((one) => one !== null);
  return known.length === 0 ? '-' : Math.max(...known).toFixed(3);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
