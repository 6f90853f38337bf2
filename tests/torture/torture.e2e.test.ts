// Torture in short: `npm run torture` does the same a hundred times.
import { expect, test } from 'vitest';
import { build } from '#cli/build.ts';
import { torture } from './torture.ts';

test('a coordinator killed under load keeps all that it acknowledged, and once', async () => {
  await build();
  const report = await torture({ kills: 4, seed: 20, databaseUrl: null, contributors: 3 });
  expect(report.wrong).toEqual([]);
  expect(report.accepted).toBeGreaterThan(0);
  expect(report.recomputed).toBeGreaterThan(0);
});
