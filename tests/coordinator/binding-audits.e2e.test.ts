// A wallet and the device accounts bound to it never audit each other, whether the audit is made after
// the binding or was leased before.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { policy } from '#validator/policy.ts';
import { bind, makeBinding, readAccount } from './account-lab.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const rules = {
  ...policy,
  runMin: 1,
  watched: [],
  coordinatorShare: 0,
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 0 }],
  auditSlack: 4,
};

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite({ rules, secret: 'binding' });
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.close();
});

const lines = (units: number) => makeTexts(32 * units).map((text, i) => embedLine(`${i}`, text));

/** Two with a run of confirmed results, of which the first has computed one more unit, alone. */
async function makePair(): Promise<{
  batch: string;
  device: TestContributor;
  wallet: TestContributor;
}> {
  const [device, wallet] = [await site.contributor(), await site.contributor()];
  const first = await site.submit(lines(2));
  while ((await site.batch(first)).status === 'in_progress') {
    for (const member of [wallet, device]) await member.turn();
    await site.coordinator.settle();
  }
  const batch = await site.submit(lines(1));
  const { answer } = await device.turn();
  expect(answer?.verdicts).toMatchObject([{ code: 'verdict/held' }]);
  return { batch, device, wallet };
}

/** The coordinator audits what nobody else could. */
async function finish(batch: string): Promise<void> {
  for (let i = 0; i < 3; i++) {
    site.clock.now += 20_000;
    await site.coordinator.settle();
  }
  expect((await site.batch(batch)).status).toBe('completed');
  expect(site.partner.calls).toBeGreaterThan(0);
}

test('an audit leased before is taken back, and confirms nothing', async () => {
  const { batch, device, wallet } = await makePair();
  site.clock.now += 6_000;
  await site.coordinator.settle();
  const { leases } = await wallet.work();
  expect(leases).toMatchObject([{ rows: 1 }]);
  site.partner.calls = 0;
  await bind(device, await makeBinding(device, wallet.signer));
  const { verdicts } = await wallet.work({ results: [await wallet.makeResult(leases[0])] });
  expect(verdicts).toMatchObject([{ state: 'rejected', code: 'lease/expired' }]);
  expect((await readAccount(wallet)).credit.held).toBeGreaterThan(0);
  await finish(batch);
  expect((await readAccount(wallet)).credit).toMatchObject({ held: 0, pending: 0 });
});

test('none is made for it afterwards', async () => {
  const { batch, device, wallet } = await makePair();
  site.partner.calls = 0;
  await bind(device, await makeBinding(device, wallet.signer));
  site.clock.now += 6_000;
  expect((await wallet.work()).leases).toEqual([]);
  await site.coordinator.settle();
  expect((await wallet.work()).leases).toEqual([]);
  await finish(batch);
});

test('trust that the device has earned is the wallet’s, where it has none', async () => {
  const { batch, device } = await makePair();
  const fresh = await site.contributor();
  await bind(device, await makeBinding(device, fresh.signer));
  await finish(batch);
  await site.submit(lines(1));
  const { answer } = await fresh.turn();
  expect(answer?.verdicts).toMatchObject([{ code: 'verdict/held' }]);
});
