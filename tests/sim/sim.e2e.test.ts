// The floors of DESIGN.md on a fifth of their scale: 20 contributors of whom 4 collude, 2,000 answers
// each, one seed. Shares are those of the full run, since what gets through grows with the number of
// liars, and the rows with the number of contributors. And the form that `npm run sim` prints.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Level, policy } from '#validator/policy.ts';
import { makeCrowd, scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';

const run = (scenario: string, level: Level, units = 40_000) =>
  simulate({
    seed: 1,
    level,
    rules: policy,
    crowd: makeCrowd(scenarios[scenario], { contributors: 20, troubled: 4 }),
    units,
    rows: 32,
    batchUnits: 312,
  });

// 1.06 at full scale, where the worst ring measures 1.047. With four liars one seed differs more from
// another: up to 1.070 was seen.
const workRatioMax = 1.08;

const shareOf = ({ wrongRows, rows }: { wrongRows: number; rows: number }) => wrongRows / rows;

// One of each kind: lies of friends, lies where friends meet, lies before leaving, and no lies at all
// but leases that run out. The rest is in the table of docs/verdicts.md.
test.each(['ring', 'pairs', 'leavers', 'lapsers'])('sampled: %s', (scenario) => {
  const report = run(scenario, 'sampled');
  expect(shareOf(report)).toBeLessThan(2e-4);
  expect(report.workRatio).toBeLessThan(workRatioMax);
  expect(report).toMatchObject({ starved: 0, honestBanned: 0 });
});

// Every unit is answered twice: half of the units give each contributor as many.
test('full and trusted', () => {
  const full = run('pairs', 'full', 20_000);
  expect(shareOf(full)).toBeLessThan(1e-4);
  const honest = run('honest', 'full', 20_000);
  expect(honest.workRatio).toBeLessThan(2.2);
  expect(run('ring', 'trusted', 8_000)).toMatchObject({ wrongRows: 0, starved: 0 });
});

test('--json prints one object on the last line of stdout, and progress elsewhere', async () => {
  const size = ['--units', '300', '--batch', '100', '--contributors', '20', '--troubled', '4'];
  const asked = ['--seeds', '2', '--scenario', 'tenth', '--scenario', 'pairs', ...size];
  const { stdout, stderr } = await promisify(execFile)('npm', [
    'run',
    'sim',
    '--',
    '--json',
    ...asked,
  ]);
  const { rows } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(rows).toHaveLength(6);
  expect(rows.at(-1)).toEqual({
    scenario: 'pairs',
    verification: 'full',
    seed: 2,
    units: 300,
    rows: 9_600,
    wrongRowsDelivered: expect.any(Number),
    workRatio: expect.any(Number),
    liarCredit: expect.any(Number),
    starved: 0,
  });
  expect(stderr).toContain('tenth, sampled, seed 1');
});
