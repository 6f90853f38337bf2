// Payloads that are lost while their units are being checked: outputs are computed again, units
// without an input end, and nobody else waits for them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTokenizer } from '#model/tokenizer.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { waits } from '#store/waits.ts';
import { policy } from '#validator/policy.ts';
import { cutPayload, spoilPayload } from './spoil-payload.ts';
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
const nothing = { units: 0, models: [], speed: 1e9 };
const units = 4;

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite({ rules, secret: 'lost' });
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.close();
});

const lines = (count: number) => makeTexts(32 * count).map((text, i) => embedLine(`${i}`, text));

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

/** One unit of a batch is held. @returns what was asked and answered */
async function holdOne([member]: TestContributor[]) {
  const id = await site.submit(lines(units));
  const { leases } = await member.work();
  const [lease] = leases;
  const answer = await member.work({ results: [await member.makeResult(lease)], want: nothing });
  expect(answer.verdicts).toMatchObject([{ code: 'verdict/held' }]);
  return { id, lease, output: member.compute(lease) };
}

async function finish(id: string, members: readonly TestContributor[]): Promise<void> {
  for (let round = 0; round < 40; round++) {
    if ((await site.batch(id)).status === 'completed') return;
    for (const member of members) await member.turn();
    site.clock.now += 5_000;
    await site.coordinator.settle();
  }
}

/** Every line that was delivered, to the bit. @returns how many */
async function expectExact(id: string): Promise<number> {
  const tokenizer = openTokenizer(makeTestTokenizer());
  const texts = makeTexts(32 * units);
  const output = await site.lines((await site.batch(id)).output_file_id);
  for (const { custom_id, response } of output) {
    const tokens = tokenizer.encode(texts[Number(custom_id)]);
    const exact = toUnitVector(encodeRow(site.model.weights, tokens));
    expect(response.body.data[0].embedding).toEqual([...exact]);
  }
  return output.length;
}

const flip = (output: Bytes) => {
  const spoilt = output.slice();
  spoilt[5] ^= 1;
  return spoilt;
};

async function totalsOf(member: TestContributor) {
  return (await member.work({ want: nothing })).totals;
}

describe('while a unit is held', () => {
  test.for([
    ['overwritten', spoilPayload],
    ['cut off', cutPayload],
  ] as const)('an output that was %s is computed again, and paid for', async ([, spoil]) => {
    const members = await openTrusted(3);
    const before = await totalsOf(members[0]);
    const { id, output } = await holdOne(members);
    await spoil(site.dataFolder, output);
    await site.reopen();
    const { rows } = site.partner;
    await finish(id, members);
    expect((await site.batch(id)).request_counts).toMatchObject({ completed: 32 * units });
    expect(await expectExact(id)).toBe(32 * units);
    expect(site.partner.rows - rows).toBe(32);
    const after = await totalsOf(members[0]);
    expect(after.rejected).toBe(before.rejected);
    expect(after.pending).toBe(0);
  });

  test('a lie whose output is lost is found out all the same', async () => {
    const members = await openTrusted(3);
    const id = await site.submit(lines(units));
    const [lease] = (await members[0].work()).leases;
    const result = await members[0].makeResult(lease, flip);
    await members[0].work({ results: [result], want: nothing });
    await spoilPayload(site.dataFolder, flip(members[0].compute(lease)));
    await site.reopen();
    await finish(id, members.slice(1));
    expect(await expectExact(id)).toBe(32 * units);
    await members[0].open();
    expect((await totalsOf(members[0])).rejected).toBe(1);
  });

  test('without its input its lines fail, and the others are delivered', async () => {
    const members = await openTrusted(3);
    const before = await totalsOf(members[0]);
    const { id, lease } = await holdOne(members);
    await spoilPayload(site.dataFolder, lease.input);
    await site.reopen();
    await finish(id, members);
    const batch = await site.batch(id);
    const counts = { completed: 32 * (units - 1), failed: 32 };
    expect(batch).toMatchObject({ status: 'completed', request_counts: counts });
    expect(await expectExact(id)).toBe(32 * (units - 1));
    const failed = await site.lines(batch.error_file_id);
    expect(failed).toHaveLength(32);
    for (const { response, error } of failed) {
      expect({ response, code: error.code }).toEqual({ response: null, code: 'input_lost' });
    }
    const after = await totalsOf(members[0]);
    expect(after.rejected).toBe(before.rejected + 1);
    // Held against nobody: the next unit is believed as before.
    const { id: next } = await holdOne(members);
    await finish(next, members);
    expect(await expectExact(next)).toBe(32 * units);
  });
});

test('an audit that is lost before it is ruled on leaves its rows to the coordinator', async () => {
  const members = await openTrusted(3);
  const id = await site.submit(lines(units));
  for (let i = 0; i < units; i++) await members[0].turn();
  site.clock.now += waits.auditWaitMs;
  await site.coordinator.settle();
  const [audit] = (await members[1].work()).leases;
  await spoilPayload(site.dataFolder, audit.input);
  await site.reopen();
  const { verdicts } = await members[1].work({
    results: [await members[1].makeResult(audit, flip)],
    want: nothing,
  });
  expect(verdicts).toMatchObject([{ state: 'pending' }]);
  await finish(id, members);
  expect(await expectExact(id)).toBe(32 * units);
  expect((await totalsOf(members[0])).pending).toBe(0);
  expect((await totalsOf(members[1])).pending).toBe(0);
});

test('a unit that nobody has begun ends without its input', async () => {
  const [member] = await openTrusted(1);
  const id = await site.submit(lines(1));
  const [lease] = (await member.work()).leases;
  await member.work({
    returns: [{ lease: lease.lease, reason: 'stopped', detail: '' }],
    want: nothing,
  });
  await spoilPayload(site.dataFolder, lease.input);
  await site.reopen();
  for (let call = 0; call < 2; call++) {
    const other = await site.contributor();
    expect((await other.work()).reason).toMatchObject({ code: 'work/input-damaged' });
    site.clock.now += waits.failedMs;
  }
  await site.coordinator.settle();
  const counts = { completed: 0, failed: 32 };
  expect(await site.batch(id)).toMatchObject({ status: 'completed', request_counts: counts });
});
