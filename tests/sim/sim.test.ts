// A short run of the simulation: every habit at once, the same seed twice, and the same liars with
// and without the ladder. The long ones are in sim.e2e.test.ts and behind `npm run sim`.
import { expect, test } from 'vitest';
import { type Policy, policy } from '#validator/policy.ts';
import { makeLie, rowDigest } from './digests.ts';
import { scenarios } from './scenarios.ts';
import { type Crowd, type RunOptions, simulate } from './simulate.ts';

const speed = [2, 8] as const;

const everybody: Crowd = {
  honest: { count: 12, plan: { speed } },
  slow: { count: 2, plan: { speed: [0.3, 0.5] } },
  vanishing: { count: 2, plan: { speed, vanishes: 1 / 20 } },
  ...Object.fromEntries(
    Object.entries(scenarios).map(([name, { plan }]) => [
      name,
      { count: 1, plan: { ...plan, speed } },
    ]),
  ),
};

const run = (change: Partial<RunOptions>) =>
  simulate({
    seed: 7,
    level: 'sampled',
    rules: policy,
    crowd: everybody,
    units: 600,
    rows: 32,
    batchUnits: 200,
    ...change,
  });

test('a crowd of all habits ends every batch, bans no honest account, and replays by its seed', () => {
  const report = run({});
  expect(report).toMatchObject({ starved: 0, honestBanned: 0, honestConvicted: 0 });
  expect(report.liarsBanned).toBeGreaterThan(2);
  expect(run({})).toEqual(report);
  expect(run({ seed: 8 })).not.toEqual(report);
});

test('what is recomputed whole is right whole, whoever contributes', () => {
  expect(run({ level: 'trusted', units: 300 })).toMatchObject({ wrongRows: 0, starved: 0 });
});

test('without audits the same liars are believed', () => {
  const blind: Policy = {
    ...policy,
    auditedRows: { sampled: 0, full: 0, trusted: 0 },
    watched: [],
  };
  const crowd: Crowd = {
    honest: { count: 16, plan: { speed } },
    liars: { count: 4, plan: { speed, lie: { after: 20, share: 1, rows: 1 } } },
  };
  const watched = run({ crowd, units: 2_000 });
  const believed = run({ crowd, rules: blind, units: 2_000 });
  expect(believed.wrongRows).toBeGreaterThan(50);
  expect(watched.wrongRows).toBeLessThan(believed.wrongRows / 10);
});

test('leases that run out on purpose cost little once audits have proved who lets them', () => {
  const crowd: Crowd = {
    honest: { count: 3, plan: { speed } },
    lapsers: { count: 3, plan: { speed, lapses: 1 / 4 } },
  };
  const ruled = (provenMin: number) =>
    run({ crowd, units: 1_500, rules: { ...policy, provenMin } });
  const proven = ruled(10);
  const never = ruled(Number.POSITIVE_INFINITY);
  expect(proven).toMatchObject({ starved: 0, wrongRows: 0 });
  expect(proven.workRatioAll).toBeLessThan(never.workRatioAll - 0.2);
});

test('who takes leases and computes nothing makes nothing cost more', () => {
  const honest = { count: 4, plan: { speed } };
  const refusers = { count: 2, plan: { speed, refuses: 4 } };
  const alone = run({ crowd: { honest }, units: 1_000 });
  const refused = run({ crowd: { honest, refusers }, units: 1_000 });
  expect(refused).toMatchObject({ starved: 0, wrongRows: 0 });
  expect(refused.workRatioAll).toBeLessThan(alone.workRatioAll + 0.05);
});

test('nobody else there: the coordinator is the partner, and nothing starves', () => {
  const alone = run({ crowd: { honest: { count: 1, plan: { speed } } }, units: 40 });
  expect(alone).toMatchObject({ starved: 0, wrongRows: 0, honestBanned: 0 });
});

test('a digest tells its wrong rows', () => {
  const lie = makeLie('ring', [3, 17]);
  expect([2, 3, 17].map((row) => rowDigest(lie, row))).toEqual(['', 'ring', 'ring']);
  expect(rowDigest(makeLie('ring', null), 9)).toBe('ring');
  expect(makeLie('ring', [])).toBe('');
});
