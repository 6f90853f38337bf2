// The same contributors with and without a rule of the ladder: what each rule is worth.
import { expect, test } from 'vitest';
import { type Policy, policy } from '#validator/policy.ts';
import { runShort as run, speed } from './short-run.ts';
import type { Crowd } from './simulate.ts';

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
