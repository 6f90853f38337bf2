// The fuzzer in short: `npm run fuzz` sends 10^5 cases.
import { afterEach, expect, test } from 'vitest';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { adminToken, fuzz } from './fuzz.ts';

let site: TestSite;
afterEach(() => site.close());

const sum = (statuses: Record<number, number>) =>
  Object.values(statuses).reduce((total, count) => total + count, 0);

test('whatever is sent, the coordinator answers it, and by no failure of its own', async () => {
  site = await startTestSite({ adminToken });
  const report = await fuzz(site, { cases: 2_000, seed: 1 });
  const { statuses, adminStatuses } = report;

  expect(sum(statuses)).toBe(2_000);
  // It gets past the doors: some are taken, and refusals are of many kinds.
  expect(statuses[200]).toBeGreaterThan(30);
  expect(Object.keys(statuses).length).toBeGreaterThan(5);
  expect(adminStatuses[200]).toBeGreaterThan(30);
  expect(Object.keys(adminStatuses)).toEqual(
    expect.arrayContaining(['200', '400', '401', '404', '409', '415']),
  );
});

test('where administration is off, nothing of it is answered but that', async () => {
  site = await startTestSite();
  const { adminStatuses } = await fuzz(site, { cases: 400, seed: 2 });
  expect(adminStatuses[403]).toBeGreaterThan(30);
  expect(
    Object.keys(adminStatuses).filter((status) => !['403', '404', '400'].includes(status)),
  ).toEqual([]);
});
