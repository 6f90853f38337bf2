// The fuzzer in short: `npm run fuzz` sends 10^5 cases.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { fuzz } from './fuzz.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterAll(() => site.close());

test('whatever is sent, the coordinator answers it, and by no failure of its own', async () => {
  const report = await fuzz(site, { cases: 2_000, seed: 1 });
  expect(Object.values(report.statuses).reduce((sum, count) => sum + count, 0)).toBe(2_000);
  // It gets past the doors: some are taken, and refusals are of many kinds.
  expect(report.statuses[200]).toBeGreaterThan(30);
  expect(Object.keys(report.statuses).length).toBeGreaterThan(5);
});
