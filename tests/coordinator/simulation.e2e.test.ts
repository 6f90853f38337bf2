// A seeded crowd: honest, lying, dropping, forgetful and repeating contributors, leases that run
// out, a cancelled batch, power cuts. The books must balance throughout; what is delivered is exact.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRandom } from '#model/synthetic.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { Lease, SubmittedResult, WorkAnswer } from '#protocol/wire.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { policy } from '#validator/policy.ts';
import { Refused, type TestCall, type TestContributor } from './test-contributor.ts';
import { makeTestTokenizer } from './test-model.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const seed = 20_261_120;
const stepsMax = 400;
const random = makeRandom(seed);

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite({ random: () => random(1000) / 1000, rules: policy, secret: 'crowd' });
});
afterAll(() => site.close());

type Habit = 'honest' | 'liar' | 'dropper' | 'forgetful' | 'repeater';

interface Member {
  habit: Habit;
  who: TestContributor;
  held: Lease[];
  sent: SubmittedResult[];
}

const spoil = (output: Bytes) => {
  const spoilt = output.slice();
  spoilt[random(spoilt.length)] ^= 1 + random(255);
  return spoilt;
};

/** Whoever was on probation opens a new session and asks again. */
async function hear({ who }: Member, request: TestCall): Promise<WorkAnswer | null> {
  try {
    return await who.work(request);
  } catch (thrown) {
    if (!(thrown instanceof Refused) || thrown.error.code !== 'session/expired') throw thrown;
    await who.open();
    return null;
  }
}

async function step(member: Member): Promise<void> {
  const { habit, who } = member;
  const results: SubmittedResult[] = [];
  if (habit === 'dropper') member.held = member.held.filter(() => random(3) > 0);
  for (const lease of member.held.splice(0, 1 + random(3))) {
    results.push(await who.makeResult(lease, habit === 'liar' ? spoil : undefined));
  }
  if (habit === 'repeater' && member.sent.length > 0) {
    results.push(member.sent[random(member.sent.length)]);
  }
  const returns =
    habit === 'dropper' && member.held.length > 0
      ? [{ lease: member.held.pop()!.lease, reason: 'stopped' as const, detail: '' }]
      : [];
  const answer = await hear(member, {
    results,
    returns,
    holding: habit === 'forgetful' ? [] : member.held.map(({ lease }) => lease),
    want: { units: 1 + random(3), models: [], speed: 1e12 },
  });
  if (!answer) return;
  member.sent.push(...results);
  const known = new Set(member.held.map(({ lease }) => lease));
  for (const lease of answer.leases) if (!known.has(lease.lease)) member.held.push(lease);
}

async function runCrowd(members: Member[], batches: string[]): Promise<void> {
  for (let i = 0; i < stepsMax; i++) {
    await step(members[random(members.length)]);
    site.clock.now += random(4_000);
    if (random(8) === 0) await site.coordinator.settle();
    if (random(20) === 0) await site.coordinator.checkBooks();
    if (i === 15) await site.post(`/v1/batches/${batches[1]}/cancel`, {});
    if (i === 40) await site.crash();
    if (i % 25 === 0) {
      const { status } = await site.batch(batches[0]);
      if (status === 'completed' && i > 40) return;
    }
  }
}

test('a crowd of all habits finishes a batch, exactly', async () => {
  const texts = makeTexts(32 * 28);
  const lines = texts.map((text, i) => embedLine(`${i}`, text));
  const batches = [await site.submit(lines), await site.submit(lines.slice(0, 32 * 4))];
  const habits: Habit[] = ['honest', 'liar', 'dropper', 'honest', 'forgetful', 'repeater'];
  const members: Member[] = [];
  for (const habit of habits) {
    members.push({ habit, who: await site.contributor(), held: [], sent: [] });
  }
  await runCrowd(members, batches);
  await site.coordinator.settle();

  const { earned } = await site.coordinator.checkBooks();
  for (const { habit, who } of members) {
    if (habit === 'liar') expect(earned[who.address]).toBeUndefined();
    const last = { want: { units: 0, models: [], speed: 1 } };
    const { totals } = (await hear({ who } as Member, last)) ?? (await who.work(last));
    expect(totals.credit).toBe(earned[who.address] ?? 0);
    if (habit !== 'liar') expect(totals.rejected).toBe(0);
  }
  const batch = await site.batch(batches[0]);
  expect(batch).toMatchObject({ status: 'completed', request_counts: { completed: texts.length } });
  expect((await site.batch(batches[1])).status).toBe('cancelled');
  const tokenizer = openTokenizer(makeTestTokenizer());
  const output = await site.lines(batch.output_file_id);
  for (const [i, { response }] of output.entries()) {
    const exact = toUnitVector(encodeRow(site.model.weights, tokenizer.encode(texts[i])));
    expect(response.body.data[0].embedding).toEqual([...exact]);
  }
});
