// The floors of DESIGN.md on a fifth of their scale: 20 contributors of whom 4 collude, 2,000 units
// each, seeds that are fixed. Shares are those of the full run, since what gets through grows with
// the number of liars, and the rows with the number of contributors.
import { expect, test } from 'vitest';
import { type Level, policy } from '#validator/policy.ts';
import { makeCrowd, scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';

const run = (scenario: string, level: Level, seed: number) =>
  simulate({
    seed,
    level,
    rules: policy,
    crowd: makeCrowd(scenarios[scenario], { contributors: 20, troubled: 4 }),
    units: 40_000,
    rows: 32,
    batchUnits: 312,
  });

// 1.06 at full scale, where the worst ring measures 1.047. With four liars one seed differs more from
// another: up to 1.070 was seen.
const workRatioMax = 1.08;

const shareOf = (reports: { wrongRows: number; rows: number }[]) =>
  reports.reduce((sum, { wrongRows }) => sum + wrongRows, 0) /
  reports.reduce((sum, { rows }) => sum + rows, 0);

test.each(['ring', 'early ring', 'shy ring', 'sparse', 'leavers'])('sampled: %s', (scenario) => {
  const reports = [run(scenario, 'sampled', 1)];
  expect(shareOf(reports)).toBeLessThan(2e-4);
  for (const { workRatio, starved, honestBanned } of reports) {
    expect(workRatio).toBeLessThan(workRatioMax);
    expect({ starved, honestBanned }).toEqual({ starved: 0, honestBanned: 0 });
  }
});

test('full and trusted', () => {
  const full = run('pairs', 'full', 1);
  expect(shareOf([full])).toBeLessThan(1e-4);
  const honest = run('honest', 'full', 1);
  expect(honest.workRatio).toBeLessThan(2.2);
  expect(run('ring', 'trusted', 1)).toMatchObject({ wrongRows: 0, starved: 0 });
});
