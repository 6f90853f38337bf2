// The main job in-process: a batch, strangers, equal digests, credit, receipts, output; and what
// becomes of it when contributors lie, vanish, or are alone.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { verifyReceipt } from '#ledger/verify-receipt.ts';
import { openTokenizer } from '#model/tokenizer.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import type { Receipt } from '#protocol/receipt.ts';
import type { Lease } from '#protocol/wire.ts';
import { toUnitVector } from '#reference/deliver.ts';
import { encodeRow } from '#reference/encoder.ts';
import { makeTestTokenizer } from './test-model.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.clear();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`line-${i}`, text));
const flip = (output: Uint8Array<ArrayBuffer>) => {
  const spoilt = output.slice();
  spoilt[5] ^= 1;
  return spoilt;
};

describe('two strangers', () => {
  test('finish a batch: equal digests, both credited, every receipt holds, exact vectors', async () => {
    const texts = makeTexts(70);
    const id = await site.submit(texts.map((text, i) => embedLine(`line-${i}`, text)));
    expect(await site.batch(id)).toMatchObject({
      status: 'in_progress',
      x_units: { total: 3, completed: 0 },
    });
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    for (let round = 0; round < 3; round++) {
      const { answer } = await alice.turn();
      expect(answer?.verdicts).toMatchObject([
        { state: 'pending', code: 'verdict/awaiting-partner' },
      ]);
      const turn = await bob.turn();
      expect(turn.leases[0].deliver).toBe('digest');
      expect(turn.answer?.verdicts).toMatchObject([
        { state: 'accepted', code: 'verdict/confirmed' },
      ]);
    }
    await site.coordinator.settle();
    const batch = await site.batch(id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 70, completed: 70, failed: 0 },
      x_units: { total: 3, completed: 3 },
      error_file_id: null,
    });
    const output = await site.lines(batch.output_file_id);
    const tokenizer = openTokenizer(makeTestTokenizer());
    expect(output.map(({ custom_id }) => custom_id)).toEqual(texts.map((_, i) => `line-${i}`));
    for (const [i, { response }] of output.entries()) {
      const exact = encodeRow(site.model.weights, tokenizer.encode(texts[i]));
      expect(response.status_code).toBe(200);
      expect(response.body.data[0].embedding).toEqual([...toUnitVector(exact)]);
    }
    expect(site.partner.calls).toBe(0);

    const ids = new Set(output.flatMap(({ x_receipts }) => x_receipts));
    expect(ids.size).toBe(6);
    for (const receiptId of ids) {
      const { raw } = await site.get(`/v1/receipts/${receiptId}`);
      const receipt = decodeCbor(raw) as Receipt;
      const { payload } = await verifyReceipt(receipt, site.coordinator.receiptKey);
      expect(payload).toMatchObject({ code: 'verdict/confirmed', batch: id });
    }
    const books = await site.coordinator.checkBooks();
    const { answer } = await bob.turn(0);
    expect(answer).toBeNull();
    const { totals } = await bob.work({ want: { units: 0, models: [], speed: 1 } });
    expect(totals).toMatchObject({ accepted: 3, pending: 0, rejected: 0 });
    expect(books.earned[bob.address]).toBe(totals.credit);
    expect(books.earned[alice.address]).toBe(totals.credit);
  });

  test('behind one address do not check each other, unless in a laboratory', async () => {
    await site.submit(lines(2));
    const alice = await site.contributor({ address: '10.1.1.1' });
    const bob = await site.contributor({ address: '10.1.1.1' });
    await alice.turn();
    const { leases, reason } = await bob.turn();
    expect(leases).toEqual([]);
    expect(reason?.code).toBe('work/partner-only');
  });
});

describe('a liar', () => {
  test('is refused, credited with nothing, and the output is as ever', async () => {
    const id = await site.submit(lines(3));
    const [liar, bob] = [await site.contributor(), await site.contributor()];
    const { answer } = await liar.turn(1, flip);
    expect(answer?.verdicts[0].state).toBe('pending');
    const turn = await bob.turn();
    expect(turn.answer?.verdicts[0].state).toBe('pending');
    await site.coordinator.settle();
    expect(site.partner.calls).toBe(1);
    // On probation: its session is over, and the next one brings a new self-test.
    await expect(liar.work()).rejects.toThrow('session/expired');
    await liar.open();
    const news = await liar.work({ awaiting: [answer!.verdicts[0].lease] });
    expect(news.verdicts).toMatchObject([
      { state: 'rejected', code: 'verdict/digest-mismatch', credit: 0 },
    ]);
    expect(news.totals).toMatchObject({ accepted: 0, pending: 0, rejected: 1, credit: 0 });
    const bobs = await bob.work({ awaiting: [turn.leases[0].lease] });
    expect(bobs.verdicts).toMatchObject([{ state: 'accepted', code: 'verdict/confirmed' }]);
    const batch = await site.batch(id);
    const [first] = await site.lines(batch.output_file_id);
    const tokens = openTokenizer(makeTestTokenizer()).encode(makeTexts(1)[0]);
    const exact = toUnitVector(encodeRow(site.model.weights, tokens));
    expect(first.response.body.data[0].embedding).toEqual([...exact]);
    expect(first.x_receipts).toHaveLength(1);
  });

  test('is banned after two wrong results', async () => {
    await site.submit(lines(200));
    const liar = await site.contributor();
    for (let i = 0; i < 2; i++) {
      if (i > 0) await liar.open();
      await liar.turn(1, flip);
      site.clock.now += 20_000;
      await site.coordinator.settle();
    }
    const { leases, reason } = await liar.turn();
    expect(leases).toEqual([]);
    expect(reason).toMatchObject({ code: 'account/suspended' });
    const { earned } = await site.coordinator.checkBooks();
    expect(earned[liar.address]).toBeUndefined();
  });
});

describe('alone', () => {
  test('one visitor finishes a batch, with the coordinator as its partner', async () => {
    const id = await site.submit(lines(70));
    const alice = await site.contributor();
    for (let i = 0; i < 3; i++) {
      await alice.turn();
      await site.coordinator.settle();
    }
    expect(await site.batch(id)).toMatchObject({ status: 'completed' });
    expect(site.partner.calls).toBe(3);
    const { totals } = await alice.work();
    expect(totals).toMatchObject({ accepted: 3, pending: 0 });
  });

  test('without a contributor the coordinator computes nothing', async () => {
    const id = await site.submit(lines(3));
    site.clock.now += 3_600_000;
    await site.coordinator.settle();
    expect(await site.batch(id)).toMatchObject({
      status: 'in_progress',
      x_units: { completed: 0 },
    });
    expect(site.partner.calls).toBe(0);
  });

  test('while another could be the partner, the coordinator waits, and not for ever', async () => {
    const id = await site.submit(lines(3));
    const [alice] = [await site.contributor(), await site.contributor()];
    await alice.turn();
    site.clock.now += 14_000;
    await site.coordinator.settle();
    expect(site.partner.calls).toBe(0);
    site.clock.now += 1_000;
    await site.coordinator.settle();
    expect(site.partner.calls).toBe(1);
    expect(await site.batch(id)).toMatchObject({ status: 'completed' });
  });
});

describe('cancelling', () => {
  test('withdraws leases, credits what was done, and delivers what was finished', async () => {
    const id = await site.submit(lines(70));
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    await alice.turn();
    await bob.turn();
    const pending = await alice.turn();
    const held: Lease[] = (await bob.work({ want: { units: 1, models: [], speed: 1e9 } })).leases;
    const cancelled = await site.post(`/v1/batches/${id}/cancel`, {});
    expect(cancelled.json).toMatchObject({ status: 'cancelling' });
    await site.coordinator.settle();
    const batch = await site.batch(id);
    expect(batch).toMatchObject({ status: 'cancelled', x_units: { total: 3, completed: 1 } });
    expect(await site.lines(batch.output_file_id)).toHaveLength(32);
    const errors = await site.lines(batch.error_file_id);
    expect(errors).toHaveLength(38);
    expect(errors[0]).toMatchObject({ response: null, error: { code: 'batch_cancelled' } });
    expect((await alice.turn()).reason?.code).toBe('work/none');

    const late = await bob.work({ results: [await bob.makeResult(held[0])] });
    expect(late.verdicts[0].state).toBe('pending');
    await site.coordinator.settle();
    const done = await bob.work({ awaiting: [held[0].lease] });
    expect(done.verdicts).toMatchObject([{ state: 'accepted' }]);
    const alices = await alice.work({ awaiting: [pending.leases[0].lease] });
    expect(alices.verdicts).toMatchObject([{ state: 'accepted' }]);
    const again = await site.post(`/v1/batches/${id}/cancel`, {});
    expect(again.status).toBe(409);
  });

  test('a batch whose window is over expires with what it has', async () => {
    const id = await site.submit(lines(40));
    const alice = await site.contributor();
    await alice.turn();
    await site.coordinator.settle();
    site.clock.now += 24 * 3_600_000;
    await site.coordinator.settle();
    const batch = await site.batch(id);
    expect(batch).toMatchObject({ status: 'expired', x_units: { total: 2, completed: 1 } });
    const errors = await site.lines(batch.error_file_id);
    expect(errors[0]).toMatchObject({ error: { code: 'batch_expired' } });
  });
});
