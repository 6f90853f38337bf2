// A short run of the simulation: every habit at once, and the same seed twice. With and without the
// ladder's rules: ladder.e2e.test.ts; the long runs are in sim.e2e.test.ts and behind `npm run sim`.
import { expect, test } from 'vitest';
import { makeLie, rowDigest } from './digests.ts';
import { runShort as run, speed } from './short-run.ts';

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
