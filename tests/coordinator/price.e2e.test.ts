// The rate of a running coordinator: locked when a unit is leased, moved once an hour by who was there
// and what was verified, published so that anyone can replay it, and in every receipt.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAudit } from '#cli/audit.ts';
import { findRateFault } from '#ledger/audit-rates.ts';
import { type PublishedPrices, parsePrices } from '#ledger/price-answer.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import { firstRate, priceOf, rateEpochMs } from '#protocol/price.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import type { Lease, WorkAnswer } from '#protocol/wire.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const minuteMs = 60_000;
const speed = 1e9;

let site: TestSite;
let alice: TestContributor;
let bob: TestContributor;
/** Multiply-adds that alice has done, in twenty minutes. */
let done = 0n;
beforeAll(async () => {
  // A partner is waited for through the end of an epoch.
  const patience = { partnerWaitMs: 10 * rateEpochMs, liveMs: 10 * rateEpochMs };
  site = await startTestSite({ waits: { leaseMsMin: 30 * minuteMs, ...patience } });
  // At an epoch's beginning.
  site.clock.now = Math.ceil(site.clock.now / rateEpochMs) * rateEpochMs;
  [alice, bob] = [await site.contributor(), await site.contributor()];
});
afterAll(() => site.close());

async function readPrices(): Promise<PublishedPrices & { answer: Record<string, unknown> }> {
  const { status, json } = await site.get('/v1/price');
  expect(status).toBe(200);
  return { ...parsePrices(json), answer: json };
}

/** To the beginning of the next epoch, and the one before it closed. */
async function passEpoch(): Promise<void> {
  site.clock.now = (Math.floor(site.clock.now / rateEpochMs) + 1) * rateEpochMs;
  await site.coordinator.settle();
}

const submit = (word: string, units: number) =>
  site.submit(
    makeTexts(32 * units).map((text, i) => embedLine(`${i}`, `${word} ${text}`)),
    site.apiKey,
    { x_open: true },
  );

const take = (who: TestContributor, units: number, holding: Lease[] = []) =>
  who.work({ want: { units, models: [], speed }, holding: holding.map(({ lease }) => lease) });

async function bring(who: TestContributor, leases: Lease[]): Promise<WorkAnswer> {
  const results = await Promise.all(leases.map((lease) => who.makeResult(lease)));
  return who.work({ results, want: { units: 0, models: [], speed } });
}

async function readReceipts(batch: string): Promise<ReceiptPayload[]> {
  const lines = await site.lines((await site.batch(batch)).output_file_id);
  const ids = [...new Set(lines.flatMap(({ x_receipts }) => x_receipts as string[]))];
  return Promise.all(
    ids.map(async (id) => {
      const { raw } = await site.get(`/v1/receipts/${id}`);
      const { payload } = decodeCbor(new Uint8Array(raw)) as { payload: Uint8Array };
      return decodeCbor(payload) as ReceiptPayload;
    }),
  );
}

test('the epoch in which it began, and the hour after, is at the first rate', async () => {
  expect(await readPrices()).toMatchObject({ rate: firstRate, entries: [] });
  await site.coordinator.settle();
  const epoch = site.clock.now / rateEpochMs;
  const { answer, entries } = await readPrices();
  expect(answer).toMatchObject({ epoch, epoch_ms: rateEpochMs, ends_in_ms: rateEpochMs });
  expect(entries).toMatchObject([{ epoch, rate: firstRate, seen: { capacity: 0n } }]);
  await passEpoch();
  expect(await readPrices()).toMatchObject({ rate: firstRate, entries });
});

test('work at full capacity raises the rate, and what was leased before keeps its own', async () => {
  const batch = await submit('w1', 3);
  const { leases: early } = await take(alice, 2);
  expect(early).toHaveLength(2);
  site.clock.now += 20 * minuteMs;
  const { totals } = await bring(alice, early);
  const worth = early.reduce((sum, { cost }) => sum + priceOf(cost, firstRate), 0);
  expect(totals.creditPending).toBe(worth);
  // One of alice's two is confirmed; the other waits for a partner through the end of the epoch.
  const { leases: partner } = await take(bob, 1);
  site.clock.now += 20 * minuteMs;
  await bring(bob, partner);
  await passEpoch();
  const { rate, entries } = await readPrices();
  expect(entries).toHaveLength(2);
  expect(findRateFault(entries)).toBeNull();
  // Twice the cost was verified, and the time in which that was done is all the time that there was. The
  // third unit has waited.
  const verified = 2n * BigInt(partner[0].cost);
  expect(entries[1].seen).toMatchObject({ verified, capacity: verified, waiting: true });
  expect(rate).toBe(1_050);

  for (const who of [bob, alice]) {
    const { leases } = await take(who, 2);
    await bring(who, leases);
  }
  await site.coordinator.settle();
  expect(await site.batch(batch)).toMatchObject({ status: 'completed' });
  const receipts = await readReceipts(batch);
  expect(receipts.map((receipt) => receipt.rate).sort()).toEqual([
    ...Array(4).fill(firstRate),
    ...Array(2).fill(1_050),
  ]);
  for (const { cost, credit, rate: at } of receipts) expect(credit).toBe(priceOf(cost, at ?? 0));
  const own = receipts.filter(({ account }) => account.toLowerCase() === alice.address);
  done = own.reduce((sum, { cost }) => sum + BigInt(cost), 0n);
  expect(own).toHaveLength(3);
  await site.coordinator.checkBooks();
});

test('those who wait are capacity, and nothing to do for them lowers the rate', async () => {
  await passEpoch();
  const before = await readPrices();
  for (let i = 0; i < 5; i++) {
    site.clock.now += 8 * minuteMs;
    expect(await take(alice, 1)).toMatchObject({ leases: [], reason: { code: 'work/none' } });
  }
  await passEpoch();
  const { rate, entries } = await readPrices();
  const { seen } = entries[entries.length - 1];
  expect(seen.verified).toBe(0n);
  // What alice did in her 20 minutes, for another 32.
  expect(seen.capacity).toBe((done * 32n) / 20n);
  expect(rate).toBeLessThan(before.rate);
  // Who does not come back when it is told to was not there.
  site.clock.now += 30 * minuteMs;
  await take(alice, 1);
  await passEpoch();
  const { entries: later } = await readPrices();
  expect(later[later.length - 1].seen).toMatchObject({ capacity: 0n, verified: 0n });
  expect((await readPrices()).rate).toBe(rate);
});

test('work that nobody comes for raises the rate by less than that', async () => {
  const { rate: before } = await readPrices();
  const batch = await submit('w2', 1);
  await passEpoch();
  await passEpoch();
  const { rate, entries } = await readPrices();
  expect(entries[entries.length - 1].seen).toMatchObject({ capacity: 0n, waiting: true });
  expect(rate).toBeGreaterThan(before);
  expect(rate).toBeLessThanOrEqual(Math.ceil(before * 1.0125 ** 2));
  await site.post(`/v1/batches/${batch}/cancel`, {});
});

test('a lease that runs out was work until its end, and spoils the speed', async () => {
  await passEpoch();
  const batch = await submit('w3', 1);
  const { leases } = await take(alice, 1);
  const [{ leaseMs }] = leases;
  expect(leaseMs).toBeLessThan(50 * minuteMs);
  site.clock.now += 50 * minuteMs;
  await take(alice, 0);
  await passEpoch();
  const { entries } = await readPrices();
  const capacity = (done * BigInt(leaseMs)) / BigInt(20 * minuteMs + leaseMs);
  expect(entries[entries.length - 1].seen).toMatchObject({ capacity, verified: 0n });
  await site.post(`/v1/batches/${batch}/cancel`, {});
});

test('the history goes on after a restart, page by page, and an audit finds it honest', async () => {
  const { entries, rate } = await readPrices();
  await site.reopen();
  await passEpoch();
  const again = await readPrices();
  expect(again.entries.slice(0, entries.length)).toEqual(entries);
  expect(findRateFault(again.entries)).toBeNull();
  const older = await site.get(`/v1/price?before=${entries[1].epoch}`);
  expect(parsePrices(older.json).entries).toEqual([entries[0]]);
  expect(older.json.rate).toBe(again.rate);
  expect((await site.get('/v1/price?before=soon')).status).toBe(400);
  expect(rate).toBeGreaterThan(0);
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const report = await runAudit({ coordinator: site.coordinator.origin(), recompute: 0 });
  expect(report.faults).toEqual([]);
  expect(report.receipts.open).toBe(6);
});
