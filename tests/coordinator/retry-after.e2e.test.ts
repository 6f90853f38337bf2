// When a contributor that got nothing is to come back, as the coordinator's answers say it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

/** At 200 calls a second, four of them are as many as come within retryIdleMs. */
const waits = { retryIdleMs: 20, retrySoonMs: 10 };

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite({ waits });
});
afterAll(() => site.close());

test('sooner with a verdict to wait for than without', async () => {
  await site.submit([embedLine('one', 'w1')]);
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const { leases } = await alice.work();
  expect(leases).toHaveLength(1);
  const pending = await alice.work({ results: [await alice.makeResult(leases[0])] });
  expect(pending).toMatchObject({ leases: [], retryAfterMs: 10, totals: { pending: 1 } });
  const partner = await bob.work();
  expect(partner).toMatchObject({ retryAfterMs: 0, leases: [{ deliver: 'digest' }] });
  const idle = await bob.work({ results: [await bob.makeResult(partner.leases[0])] });
  expect(idle).toMatchObject({ leases: [], retryAfterMs: 20, totals: { pending: 0 } });
  expect(await alice.work()).toMatchObject({ retryAfterMs: 20, totals: { pending: 0 } });
});

test('later where many wait, each session counted once', async () => {
  site.clock.now += 60_000;
  const crowd = [];
  for (let i = 0; i < 8; i++) crowd.push(await site.contributor());
  const told = [];
  for (const one of crowd) {
    const { retryAfterMs } = await one.work();
    await one.work();
    told.push(retryAfterMs);
  }
  expect(told).toEqual([20, 20, 20, 20, 25, 30, 35, 40]);
});
