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
  'work ratio',
  'hours',
  "liars' credit",
  'for lies',
  'banned',
  'honest banned',
  'starved',
];

/** One line a scenario and level: means over its seeds, the worst where it says "of all". */
export function printRuns(runs: readonly SimRun[]): string {
  const groups = new Map<string, SimRun[]>();
  for (const run of runs) {
    const key = `${run.scenario} ${run.verification}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const lines = [...groups.values()].map((group) => {
    const mean = (pick: (report: RunReport) => number) =>
      group.reduce((sum, { report }) => sum + pick(report), 0) / group.length;
    const worst = Math.max(...group.map(({ report }) => report.wrongRows / report.rows));
    return [
      group[0].scenario,
      group[0].verification,
      mean(({ wrongRows }) => wrongRows).toFixed(1),
      worst === 0 ? '0' : worst.toExponential(1),
      mean(({ workRatio }) => workRatio).toFixed(4),
      mean(({ hours }) => hours).toFixed(1),
      mean(({ liarCredit }) => liarCredit).toFixed(0),
      mean(({ lieCredit }) => lieCredit).toFixed(0),
      mean(({ liarsBanned }) => liarsBanned).toFixed(1),
      mean(({ honestBanned }) => honestBanned).toFixed(0),
      mean(({ starved }) => starved).toFixed(0),
    ];
  });
  return `${table([head, ...lines])}\n`;
}
