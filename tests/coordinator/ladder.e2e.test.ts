// The whole verdict ladder on a real coordinator: replicas, audits, holding, levels, convictions,
// access lists. The numbers are small so that a few units go through every state.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTokenizer } from '#model/tokenizer.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { policy } from '#validator/policy.ts';
import type { TestContributor } from './test-contributor.ts';
import { makeTestTokenizer } from './test-model.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const rules = {
  ...policy,
  runMin: 2,
  watched: [],
  coordinatorShare: 0,
  holdUnits: [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 3 }],
  auditSlack: 4,
};

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite({ rules, secret: 'ladder' });
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.close();
});

const lines = (units: number) => makeTexts(32 * units).map((text, i) => embedLine(`${i}`, text));

/** One byte of one row of each unit. */
const flip = (output: Bytes) => {
  const spoilt = output.slice();
  spoilt[5] ^= 1;
  return spoilt;
};

/** Contributors with a run of confirmed results. */
async function openTrusted(count: number): Promise<TestContributor[]> {
  const members: TestContributor[] = [];
  for (let i = 0; i < count; i++) members.push(await site.contributor());
  const id = await site.submit(lines(count * rules.runMin));
  while ((await site.batch(id)).status === 'in_progress') {
    for (const member of members) await member.turn();
    await site.coordinator.settle();
  }
  return members;
}

async function expectExact(id: string, count: number): Promise<void> {
  const batch = await site.batch(id);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { completed: count } });
  const tokenizer = openTokenizer(makeTestTokenizer());
  const texts = makeTexts(count);
  const output = await site.lines(batch.output_file_id);
  for (const [i, { response }] of output.entries()) {
    const exact = toUnitVector(encodeRow(site.model.weights, tokenizer.encode(texts[i])));
    expect(response.body.data[0].embedding).toEqual([...exact]);
  }
}

async function totalsOf(member: TestContributor) {
  return (await member.work({ want: { units: 0, models: [], speed: 1 } })).totals;
}

/** With a new session where the last is over. */
async function turn(member: TestContributor, spoil: (output: Bytes) => Bytes) {
  const { leases } = await member.turn(1, spoil).catch(async () => {
    await member.open();
    return member.turn(1, spoil);
  });
  return leases;
}

async function finish(id: string, members: readonly TestContributor[]): Promise<void> {
  for (let round = 0; round < 60; round++) {
    if ((await site.batch(id)).status === 'completed') return;
    for (const member of members) await member.turn();
    site.clock.now += 1_000;
    await site.coordinator.settle();
  }
}

describe('sampled', () => {
  test('a row of each unit is computed by a stranger, who is paid for it', async () => {
    const members = await openTrusted(3);
    const before = await site.coordinator.checkBooks();
    const calls = site.partner.calls;
    const id = await site.submit(lines(12));
    const { answer } = await members[0].turn();
    expect(answer?.verdicts).toMatchObject([{ state: 'pending', code: 'verdict/held' }]);
    expect((await site.batch(id)).x_units).toMatchObject({ completed: 0, being_checked: 1 });
    await finish(id, members);
    await expectExact(id, 32 * 12);
    const after = await site.coordinator.checkBooks();
    // Twelve units, and at least one audit of their rows.
    expect(after.receipts - before.receipts).toBeGreaterThan(12);
    expect(site.partner.calls).toBe(calls);
  });

  test('a liar is found out, what it holds is computed again, and twice is a ban', async () => {
    const [liar, ...honest] = await openTrusted(4);
    const { earned: before } = await site.coordinator.checkBooks();
    for (let batch = 0; batch < 2; batch++) {
      const id = await site.submit(lines(10));
      await turn(liar, spoilAll);
      await finish(id, honest);
      await expectExact(id, 320);
    }
    const { earned } = await site.coordinator.checkBooks();
    expect(earned[liar.address]).toBe(before[liar.address]);
    expect((await liar.work()).reason).toMatchObject({ code: 'account/suspended' });
    for (const member of honest) expect((await totalsOf(member)).rejected).toBe(0);
  });

  test('an auditor that accuses falsely is convicted, the accused are not', async () => {
    const [accuser, ...honest] = await openTrusted(4);
    const id = await site.submit(lines(10));
    for (let round = 0; round < 4; round++) for (const member of honest) await member.turn();
    await site.coordinator.settle();
    site.clock.now += 6_000;
    await site.coordinator.settle();
    // Audits come before fresh units: this is one.
    const { leases } = await accuser.turn(1, spoilAll);
    expect(leases).toHaveLength(1);
    await site.coordinator.settle();
    await expect(accuser.work()).rejects.toThrow('session/expired');
    await finish(id, honest);
    await expectExact(id, 320);
    for (const member of honest) expect((await totalsOf(member)).rejected).toBe(0);
    await accuser.open();
    expect((await totalsOf(accuser)).rejected).toBeGreaterThan(0);
  });

  test('alone, the coordinator audits: rows, not units', async () => {
    const [alice] = await openTrusted(2);
    // The other is gone.
    site.clock.now += 120_000;
    const id = await site.submit(lines(3));
    const { rows } = site.partner;
    await finish(id, [alice]);
    await expectExact(id, 96);
    expect(site.partner.rows - rows).toBe(3);
  });
});

/** Every row. */
const spoilAll = (output: Bytes) => output.map((byte) => byte ^ 1);

describe('levels', () => {
  test('full: two strangers compute every unit', async () => {
    const members = await openTrusted(3);
    const id = await site.submit(lines(4), site.apiKey, { x_verification: 'full' });
    expect((await site.batch(id)).x_verification).toBe('full');
    const first = await members[0].turn();
    expect(first.answer?.verdicts).toMatchObject([{ state: 'pending' }]);
    expect((await members[1].turn()).leases[0].deliver).toBe('digest');
    await finish(id, members);
    await expectExact(id, 128);
  });

  test('trusted: the coordinator computes every unit again', async () => {
    const members = await openTrusted(2);
    const calls = site.partner.calls;
    const id = await site.submit(lines(3), site.apiKey, { x_verification: 'trusted' });
    await members[0].turn(3, flip).catch(() => {});
    await site.coordinator.settle();
    expect(site.partner.calls - calls).toBe(3);
    await expectExact(id, 96);
  });
});

test('a batch for named accounts is leased and audited by them alone', async () => {
  const [alice, bob, carol] = await openTrusted(3);
  const x_accounts = [alice.address, bob.address];
  const id = await site.submit(lines(3), site.apiKey, { x_accounts });
  expect((await carol.turn()).leases).toEqual([]);
  await finish(id, [alice, bob, carol]);
  await expectExact(id, 96);
  expect((await totalsOf(carol)).pending).toBe(0);
});

test('who leaves is paid once its units were looked at once more', async () => {
  const [alice, bob, carol] = await openTrusted(3);
  const id = await site.submit(lines(40));
  await alice.turn(2);
  const before = await totalsOf(alice);
  expect(before.pending).toBeGreaterThan(0);
  for (let round = 0; round < 8; round++) {
    site.clock.now += 100_000;
    await bob.turn();
    await carol.turn();
    await site.coordinator.settle();
  }
  expect((await site.batch(id)).status).toBe('in_progress');
  const totals = await totalsOf(alice);
  expect(totals.pending).toBe(0);
  expect(totals.accepted).toBe(before.accepted + before.pending);
});

test('what is held when a batch is cancelled is still checked, and a lie in it is not delivered', async () => {
  const [liar, ...honest] = await openTrusted(4);
  const id = await site.submit(lines(10));
  await turn(liar, spoilAll);
  await honest[0].turn();
  await site.post(`/v1/batches/${id}/cancel`, {});
  for (let round = 0; round < 20; round++) {
    if ((await site.batch(id)).status === 'cancelled') break;
    for (const member of honest) await member.turn();
    site.clock.now += 6_000;
    await site.coordinator.settle();
  }
  const batch = await site.batch(id);
  expect(batch).toMatchObject({ status: 'cancelled', request_counts: { completed: 32 } });
  expect((await totalsOf(honest[0])).pending).toBe(0);
  await liar.open();
  expect((await totalsOf(liar)).rejected).toBeGreaterThan(0);
});

test('what a liar was paid for and nobody has yet is computed again, without its receipt', async () => {
  await site.close();
  const holdUnits = [{ confirmedBelow: Number.POSITIVE_INFINITY, units: 0 }];
  const trusting = { ...rules, auditedRows: { sampled: 0, full: 0, trusted: 0 }, holdUnits };
  site = await startTestSite({ rules: trusting, secret: 'ladder' });
  const [liar, ...honest] = await openTrusted(3);
  const id = await site.submit(lines(4));
  const { answer } = await liar.turn(1, spoilAll);
  const paid = answer?.verdicts[0];
  expect(paid).toMatchObject({ state: 'accepted' });
  // The rest of the batch is in good hands, so the liar's next unit is one that two compute.
  await honest[0].work({ want: { units: 3, models: [], speed: 1e12 } });
  await site.submit(lines(1), site.apiKey, { x_verification: 'full' });
  await liar.turn(1, spoilAll);
  await honest[1].turn();
  await site.coordinator.settle();
  expect((await site.batch(id)).x_units).toMatchObject({ completed: 0 });
  await finish(id, honest);
  await expectExact(id, 128);
  const output = await site.lines((await site.batch(id)).output_file_id);
  const receipts = new Set(output.flatMap(({ x_receipts }) => x_receipts));
  expect(receipts.size).toBe(4);
  expect(receipts.has(paid?.receipt)).toBe(false);
});
