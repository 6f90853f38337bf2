// Runs as rows: the JSON that DESIGN.md promises, and a table over seeds for people.
import { table } from '#cli/progress.ts';
import type { Level } from '#validator/policy.ts';
import type { RunReport } from './simulate.ts';

export interface SimRun {
  scenario: string;
  verification: Level;
  seed: number;
  report: RunReport;
}

export interface SimRow {
  scenario: string;
  verification: Level;
  seed: number;
  units: number;
  rows: number;
  wrongRowsDelivered: number;
  workRatio: number;
  liarCredit: number;
  starved: number;
}

export function toRow({ scenario, verification, seed, report }: SimRun): SimRow {
  const { units, rows, wrongRows, workRatio, liarCredit, starved } = report;
  return {
    scenario,
    verification,
    seed,
    units,
    rows,
    wrongRowsDelivered: wrongRows,
    workRatio,
    liarCredit,
    starved,
  };
}

const head = [
  'scenario',
  'level',
  'wrong rows',
  'of all',
  'worst',
  'work ratio',
  'worst',
  'hours',
  "liars' credit",
  'for lies',
  'banned',
  'honest banned',
  'starved',
];

/** One line a scenario and level: medians over its seeds, and the worst where it says so. */
export function printRuns(runs: readonly SimRun[]): string {
  const groups = new Map<string, RunReport[]>();
  for (const { scenario, verification, report } of runs) {
    const key = `${scenario}\t${verification}`;
    groups.set(key, [...(groups.get(key) ?? []), report]);
  }
  const lines = [...groups].map(([key, reports]) => {
    const middle = (pick: (report: RunReport) => number) => median(reports.map(pick));
    const worst = (pick: (report: RunReport) => number) => Math.max(...reports.map(pick));
    const wrongShare = ({ wrongRows, rows }: RunReport) => wrongRows / rows;
    return [
      ...key.split('\t'),
      middle(({ wrongRows }) => wrongRows).toFixed(0),
      toShare(middle(wrongShare)),
      toShare(worst(wrongShare)),
      middle(({ workRatio }) => workRatio).toFixed(4),
      worst(({ workRatio }) => workRatio).toFixed(4),
      middle(({ hours }) => hours).toFixed(1),
      middle(({ liarCredit }) => liarCredit).toFixed(0),
      middle(({ lieCredit }) => lieCredit).toFixed(0),
      middle(({ liarsBanned }) => liarsBanned).toFixed(0),
      worst(({ honestBanned }) => honestBanned).toFixed(0),
      worst(({ starved }) => starved).toFixed(0),
    ];
  });
  return `${table([head, ...lines])}\n`;
}

const toShare = (share: number) => (share === 0 ? '0' : share.toExponential(1));

/** Of an even number of values the upper of the two in the middle. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
