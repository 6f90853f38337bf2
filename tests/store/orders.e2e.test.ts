// What a batch sets aside under an order, what is too little, and what goes back.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { reserveOf } from '#ledger/batch-reserve.ts';
import { orderAccount } from '#ledger/payers.ts';
import { priceOf } from '#protocol/price.ts';
import { waits } from '#store/waits.ts';
import { mostPaid } from '#validator/most-paid.ts';
import { policy } from '#validator/policy.ts';
import {
  addressOf,
  creditsPerTokenUnit,
  dayMs,
  hashOf,
  openPaymentLab,
  type PaymentLab,
  project,
  rowCost,
  unitCost,
} from './payment-lab.ts';

let lab: PaymentLab;
beforeAll(async () => {
  lab = await openPaymentLab();
  await lab.addProject();
});
afterAll(() => lab.close());

/** Credits for so many units at a rate. */
const reserve = (units: number, rate: number) =>
  reserveOf(
    Array.from({ length: units }, () => ({ cost: unitCost, rowCostMax: rowCost })),
    mostPaid('work', 'sampled', policy),
    rate,
  );

let batches = 0;
const nameBatch = () => `batch ${batches++}`;

async function begin(order: string, { rateCap = 1_000, units = 1, tip = 0 } = {}) {
  const id = nameBatch();
  const created = await lab.createBatch({ id, terms: { rateCap, tip, order } });
  expect(created.kind).toBe('created');
  return { id, failed: await lab.beginBatch({ id, units }) };
}

/** No order and no escrow. */
async function clear() {
  await lab.query('update batches set order_hash = null, payer = null, reserved = null');
  await lab.query('delete from orders');
  await lab.query('delete from escrows');
}

describe('an order', () => {
  beforeEach(clear);

  const words = {
    project,
    requester: addressOf('requester'),
    cap: 5n,
    expiresAt: 9,
    nonce: hashOf('nonce'),
    signature: new Uint8Array(65),
    now: 1,
    signedMax: 2,
  };

  test('waits for the chain where it spends a deposit, and is the same when it comes twice', async () => {
    const fresh = { ...words, hash: hashOf('one'), source: 'escrow' as const };
    const added = await lab.run('addOrder', fresh);
    expect(added).toMatchObject({ kind: 'added', order: { state: 'signed', cap: '5' } });
    expect(await lab.run('addOrder', fresh)).toMatchObject({ kind: 'repeated' });
    const credit = { ...words, hash: hashOf('two'), source: 'credit' as const };
    expect(await lab.run('addOrder', credit)).toMatchObject({ order: { state: 'registered' } });
    const found = await lab.run('listOrders', { project, after: null, limit: 9 });
    expect(found.map(({ hash }) => hash).sort()).toEqual([hashOf('one'), hashOf('two')].sort());
  });

  test('is one of few that wait: the coordinator pays for registering them', async () => {
    for (const name of ['a', 'b']) {
      await lab.run('addOrder', { ...words, hash: hashOf(name), source: 'escrow' });
    }
    const third = { ...words, hash: hashOf('c'), source: 'escrow' as const };
    expect(await lab.run('addOrder', third)).toEqual({ kind: 'too-many' });
  });

  test('of another project is unknown here', async () => {
    const hash = await lab.addOrder('ours');
    expect(await lab.run('findOrder', { project: 'other', id: hash })).toBeNull();
    expect(await lab.run('cancelOrder', { project: 'other', id: hash })).toBeNull();
  });

  test.each([
    ['unknown', 'delete from orders', 'order_not_found'],
    ['not registered', "update orders set state = 'signed'", 'order_not_registered'],
    ['refused', "update orders set state = 'refused', reason = 'no'", 'order_refused'],
    ['over', 'update orders set expires_at = 0', 'order_expired'],
    ['over before the batch is', 'update orders set expires_at = 60', 'order_ends_early'],
  ])('that is %s pays for no batch', async (_, change, code) => {
    const order = await lab.addOrder('order');
    await lab.query(change);
    const terms = { rateCap: 1_000, tip: 0, order };
    const created = await lab.createBatch({ id: nameBatch(), terms });
    expect(created).toMatchObject({ kind: 'order', fault: { code } });
  });

  test('that was cancelled pays for no new batch, and none that waits', async () => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1_000_000n);
    const id = nameBatch();
    const terms = { rateCap: 1_000, tip: 0, order };
    await lab.createBatch({ id, terms });
    const cancelled = await lab.run('cancelOrder', { project, id: order });
    expect(cancelled?.state).toBe('cancelled');
    expect(await lab.createBatch({ id: nameBatch(), terms })).toMatchObject({ kind: 'order' });
    expect(await lab.beginBatch({ id })).toMatchObject({ code: 'order_cancelled' });
    const batch = await lab.findBatch(id);
    expect(batch).toMatchObject({ status: 'failed', reserved: null });
    expect(batch.errors).toMatchObject([{ code: 'order_cancelled', param: 'x_order' }]);
  });
});

describe('a batch sets aside', () => {
  beforeEach(clear);

  test('the most that it can come to cost at its cap, to its order alone', async () => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1_000_000n);
    const { id, failed } = await begin(order, { rateCap: 1_500, units: 3, tip: 7 });
    expect(failed).toBeNull();
    const batch = await lab.findBatch(id);
    expect(batch).toMatchObject({ order_hash: order, payer: orderAccount(order), spent: 0 });
    expect(BigInt(batch.reserved!)).toBe(reserve(3, 1_500));
    const units = await lab.query('select rate_cap, tip, rate from units where batch_id = $1', [
      id,
    ]);
    expect(units).toHaveLength(3);
    for (const unit of units) expect(unit).toEqual({ rate_cap: 1_500, tip: 7, rate: null });
  });

  // Three results at most where two may differ, and no row of it is audited.
  test.each([
    ['bounded', 'sampled', 3n],
    ['bounded', 'trusted', 2n],
    ['work', 'trusted', 1n],
  ] as const)('for %s units, %s, so many results', async (kind, level, results) => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1_000_000n);
    const id = nameBatch();
    await lab.createBatch({ id, level, terms: { rateCap: 1_000, tip: 0, order } });
    expect(await lab.beginBatch({ id, kind, units: 2 })).toBeNull();
    const price = BigInt(priceOf(unitCost, 1_000));
    expect(BigInt((await lab.findBatch(id)).reserved!)).toBe(2n * results * price);
  });

  test('no more than its cap has left, to the credit', async () => {
    await lab.addEscrow(1_000_000n);
    const need = reserve(1, 1_000);
    const cap = (2n * need) / creditsPerTokenUnit;
    const order = await lab.addOrder('order', { cap });
    expect((await begin(order)).failed).toBeNull();
    const { failed, id } = await begin(order);
    expect(failed).toMatchObject({ code: 'insufficient_funds', param: 'x_order' });
    expect(failed?.message).toContain(`sets aside ${need} credits`);
    expect(failed?.message).toContain(`${cap * creditsPerTokenUnit - need} are left`);
    expect(failed?.message).toContain('sign an order with a higher cap');
    expect(await lab.findBatch(id)).toMatchObject({ status: 'failed', units_total: 0 });
  });

  test('nothing where the deposit is too small, with what is missing', async () => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1n);
    const { failed } = await begin(order);
    const missing = (reserve(1, 1_000) + creditsPerTokenUnit - 1n) / creditsPerTokenUnit - 1n;
    expect(failed?.message).toContain(`deposit ${missing} more of the token's base units`);
    const unheard = await lab.addOrder('of nobody', { requester: addressOf('nobody') });
    expect((await begin(unheard)).failed).toMatchObject({ code: 'insufficient_funds' });
  });

  test('nothing on a coordinator that settles nothing', async () => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1_000_000n);
    const id = nameBatch();
    await lab.createBatch({ id, terms: { rateCap: 1_000, tip: 0, order } });
    const plan = { batch: id, now: 0, model: 'model', planBlob: 'plan', requestsTotal: 0 };
    const counts = { requestsFailed: 0, units: [], rules: policy, creditsPerTokenUnit: null };
    const failed = await lab.run('beginBatch', { ...plan, ...counts });
    expect(failed).toMatchObject({ code: 'settlement/not-set' });
  });

  test('nothing, and any rate is paid, on the word of its project', async () => {
    const id = nameBatch();
    await lab.createBatch({ id });
    expect(await lab.beginBatch({ id })).toBeNull();
    const batch = await lab.findBatch(id);
    expect(batch).toMatchObject({ payer: null, reserved: null, rate_cap: null, tip: 0 });
  });

  // What an epoch debits of each order is rounded up to a token unit by itself.
  test('never more than all orders of a requester can be debited', async () => {
    const step = fc.record({
      order: fc.nat(1),
      rateCap: fc.integer({ min: 1, max: 4_000 }),
      units: fc.integer({ min: 1, max: 3 }),
      collect: fc.nat(3),
    });
    const steps = fc.array(step, { minLength: 1, maxLength: 8 });
    const deposit = fc.bigInt({ min: 0n, max: 1_000n });
    await fc.assert(
      fc.asyncProperty(deposit, steps, async (deposited, all) => {
        await clear();
        const orders = [await lab.addOrder('left'), await lab.addOrder('right')];
        const taken = new Map(orders.map((hash) => [hash, 0n]));
        await lab.addEscrow(deposited);
        let block = 2n;
        for (const { order, rateCap, units, collect } of all) {
          await begin(orders[order], { rateCap, units });
          let debited = 0n;
          for (const hash of orders) {
            const found = await lab.run('findOrder', { project, id: hash });
            const debit =
              (BigInt(found!.reserved) + creditsPerTokenUnit - 1n) / creditsPerTokenUnit;
            debited += debit;
            // The chain takes some of it.
            if (collect > 0) taken.set(hash, (debit * BigInt(collect)) / 3n);
          }
          expect(debited).toBeLessThanOrEqual(deposited);
          const sum = [...taken.values()].reduce((all, one) => all + one, 0n);
          const seen = [...taken].map(([hash, amount]) => ({ hash, taken: amount }));
          await lab.addEscrow(deposited - sum, seen, block++);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('what a batch has not spent', () => {
  beforeEach(clear);

  test('goes back at its end, and may be set aside again', async () => {
    const need = reserve(2, 1_000);
    const order = await lab.addOrder('order', { cap: need / creditsPerTokenUnit + 1n });
    await lab.addEscrow(1_000_000n);
    const { id } = await begin(order, { units: 2 });
    expect((await begin(order)).failed?.code).toBe('insufficient_funds');
    await lab.query('update batches set spent = 5 where id = $1', [id]);
    await lab.run('cancelBatch', { project, id, now: 1 });
    await lab.endBatch(id, 2);
    const batch = await lab.findBatch(id);
    expect(batch).toMatchObject({ status: 'cancelled', reserved: 5, spent: 5 });
    expect(BigInt(batch.refunded!)).toBe(need - 5n);
    expect((await begin(order)).failed).toBeNull();
  });

  test('stays while a lease of it may bring its result, and goes back when that is over', async () => {
    const order = await lab.addOrder('order');
    await lab.addEscrow(1_000_000n);
    const { id } = await begin(order);
    const expiresAt = dayMs / 2;
    await lab.query(
      `insert into accounts (id, created_at) values ('who', 0) on conflict do nothing`,
    );
    await lab.query(
      `insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature,
         backend, adapter, self_test, address, created_at, expires_at, last_wanted_at,
         consent_version, consented_at)
       values ('session', 'who', '', '', '', '', 'wasm', '', '', '', 0, 0, 0, 0, 0)
       on conflict do nothing`,
    );
    await lab.query(
      `insert into leases (id, unit_id, session_id, account_id, address, deliver, granted_at,
         expires_at)
       select 'lease', id, 'session', 'who', '', 'output', 0, $2 from units where batch_id = $1`,
      [id, expiresAt],
    );
    await lab.run('cancelBatch', { project, id, now: 1 });
    await lab.endBatch(id, 2);
    const held = await lab.findBatch(id);
    expect(held).toMatchObject({ status: 'cancelled', refunded: null });
    expect(BigInt(held.reserved!)).toBe(reserve(1, 1_000));
    const pass = (now: number) =>
      lab.run('passTime', { now, rules: policy, secret: '', named: [], waits, leavers: false });
    await pass(expiresAt - 1);
    expect((await lab.findBatch(id)).refunded).toBeNull();
    await pass(expiresAt);
    const over = await lab.findBatch(id);
    expect(over).toMatchObject({ reserved: 0, spent: 0 });
    expect(BigInt(over.refunded!)).toBe(reserve(1, 1_000));
  });
});
