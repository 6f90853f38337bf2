// Orders over HTTP, on a coordinator that settles on a real chain: who may bring one, what a batch says
// of its payment, and what is told of it, in OpenAI's shapes.
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Hex } from '#settlement/epoch-books.ts';
import { orderTypedData } from '#settlement/spending-order.ts';
import { hashOf } from '../settlement/epoch-lab.ts';
import { chainId } from '../settlement/settlement-lab.ts';
import { bind, codeOf, makeBinding } from './account-lab.ts';
import { openSettlementSite, type SettlementSite } from './settlement-site.ts';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

const adminToken = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
let paid: SettlementSite;
let site: TestSite;
let order: string;
beforeAll(async () => {
  paid = await openSettlementSite({}, { adminToken });
  site = paid.site;
  order = await paid.order('first');
  await paid.turn();
});
afterEach(() => site.clear());
afterAll(() => paid.close());

interface Words {
  name?: string;
  cap?: bigint;
  project?: Hex;
  source?: 'escrow' | 'credit';
  signer?: ReturnType<typeof privateKeyToAccount>;
  change?: object;
  key?: string;
}

/** Brings an order, signed as it is to be but for what is said. */
async function bring(given: Words = {}) {
  const { name = 'any', cap = 1_000_000n, project, source, signer, change = {}, key } = given;
  const list = (await site.get('/v1/orders', key)).json;
  const by = signer ?? paid.lab.requester;
  const words = {
    requester: by.address.toLowerCase() as Hex,
    project: project ?? (source === 'credit' ? list.credit_project : list.project),
    cap,
    expiresAt: 4_000_000_000n,
    nonce: hashOf(name),
  };
  const signature = await by.signTypedData(
    orderTypedData(words, { chainId, settlement: paid.lab.settlement }),
  );
  const { requester, nonce } = words;
  const said = { requester, cap: String(cap), expires_at: 4_000_000_000, nonce };
  const body = { order: { ...said, ...change }, signature, ...(source && { source }) };
  return site.post('/v1/orders', body, key === undefined ? undefined : { key });
}

const submit = (change: object) => site.submit([embedLine('1', 'w1 w2')], undefined, change);

/** What a batch with these fields is refused with. */
async function refusal(change: object) {
  const file = await site.upload(`${JSON.stringify(embedLine('1', 'w1 w2'))}\n`);
  const { status, json } = await site.post('/v1/batches', {
    input_file_id: file,
    endpoint: '/v1/embeddings',
    completion_window: '24h',
    ...change,
  });
  expect(status).toBe(400);
  const { type, param, code, message } = json.error;
  expect(type).toBe('invalid_request_error');
  expect(message).not.toBe('');
  return { param, code };
}

describe('an order', () => {
  test('is shown as it was signed, alone and in the list, and is the same when it comes twice', async () => {
    const { status, json } = await bring({ name: 'shown' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      object: 'order',
      requester: paid.lab.requester.address.toLowerCase(),
      cap: '1000000',
      expires_at: 4_000_000_000,
      nonce: hashOf('shown'),
      source: 'escrow',
      state: 'signed',
      collected: '0',
      reserved: '0',
      reason: null,
    });
    expect((await bring({ name: 'shown' })).json).toEqual(json);
    expect((await site.get(`/v1/orders/${json.hash}`)).json).toEqual(json);
    const list = (await site.get('/v1/orders')).json;
    expect(list).toMatchObject({ object: 'list', project: json.project, has_more: false });
    expect(list.data).toContainEqual(json);
  });

  test('is its project alone to see and to cancel, and once cancelled stays so', async () => {
    const made = await site.post('/v1/admin/projects', { name: 'Other' }, { key: adminToken });
    const key = made.json.api_key;
    const { hash } = (await bring({ name: 'mine' })).json;
    expect((await site.get('/v1/orders', key)).json.data).toEqual([]);
    expect((await site.get(`/v1/orders/${hash}`, key)).status).toBe(404);
    const cancel = (by = site.apiKey) => site.post(`/v1/orders/${hash}/cancel`, {}, { key: by });
    expect((await cancel(key)).status).toBe(404);
    expect((await cancel()).json).toMatchObject({ hash, state: 'cancelled' });
    await paid.turn();
    expect(await paid.orderState(hash)).toBe('cancelled');
    expect((await bring({ name: 'mine' })).json.state).toBe('cancelled');
  });

  test.each([
    ['of another project', { project: hashOf('other') }],
    ['of its project for a deposit, brought for credit', { source: 'credit', project: hashOf('') }],
    ['of another cap', { change: { cap: '1000001' } }],
    ['of another requester', { change: { requester: `0x${'1'.repeat(40)}` } }],
  ] as const)('%s is not what the wallet signed', async (_, words) => {
    const { status, json } = await bring(words as Words);
    expect(status).toBe(400);
    expect(json.error.code).toBe('order/wallet-signature');
  });

  test('signed for a deposit spends no credit, and the other way round', async () => {
    const { project, credit_project } = (await site.get('/v1/orders')).json;
    expect(project).not.toBe(credit_project);
    const swapped = [
      await bring({ source: 'credit', project }),
      await bring({ source: 'escrow', project: credit_project }),
    ];
    for (const { json } of swapped) expect(json.error.code).toBe('order/wallet-signature');
    const credit = await bring({ source: 'credit', name: 'own' });
    expect(credit.json).toMatchObject({ source: 'credit', state: 'registered' });
  });

  test.each([
    ['order.requester', { requester: '0x12' }],
    ['order.cap', { cap: 1_000_000 }],
    ['order.cap', { cap: '0' }],
    ['order.cap', { cap: '9'.repeat(78) }],
    ['order.expires_at', { expires_at: '4000000000' }],
    ['order.nonce', { nonce: null }],
  ])('with a bad %s is refused by its name', async (param, change) => {
    const { status, json } = await bring({ change });
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request_error', param });
  });

  test('is refused where nothing is settled', async () => {
    const plain = await startTestSite();
    try {
      const body = { requester: `0x${'1'.repeat(40)}`, cap: '1', expires_at: 9, nonce: hashOf('') };
      const answer = await plain.post('/v1/orders', { order: body, signature: '0x12' });
      expect(answer.status).toBe(400);
      expect(answer.json.error.code).toBe('settlement/not-set');
      expect((await plain.get('/v1/orders')).json.data).toEqual([]);
    } finally {
      await plain.close();
    }
  });
});

describe('a batch', () => {
  test('says what it pays, sets it aside, spends and gets back the rest', async () => {
    const terms = { x_order: order, x_rate_cap: 1_100, x_tip: 100 };
    const id = await submit(terms);
    const shown = { order, rate_cap: 1_100, tip: 100 };
    const open = (await site.batch(id)).x_payment;
    expect(open).toMatchObject({ ...shown, spent: 0, refunded: null });
    expect(open.reserved).toBeGreaterThan(0);
    expect((await site.get(`/v1/orders/${order}`)).json.reserved).toBe(String(open.reserved));
    const who = [await site.contributor(), await site.contributor()];
    await expect
      .poll(async () => {
        for (const one of who) await one.turn(2);
        await site.coordinator.settle();
        return (await site.batch(id)).x_payment.refunded;
      })
      .not.toBeNull();
    const over = await site.batch(id);
    expect(over.status).toBe('completed');
    expect(over.x_payment).toMatchObject({ ...shown, reserved: open.reserved });
    expect(over.x_payment.spent).toBeGreaterThan(0);
    expect(over.x_payment.spent + over.x_payment.refunded).toBe(open.reserved);
  });

  test('on the word of its project says so, with or without a cap', async () => {
    const none = { order: null, tip: 0, reserved: null, spent: 0, refunded: null };
    for (const cap of [null, 500]) {
      const id = await submit({ x_rate_cap: cap });
      expect((await site.batch(id)).x_payment).toEqual({ ...none, rate_cap: cap });
      await site.post(`/v1/batches/${id}/cancel`, {});
    }
  });

  test('whose order is too small fails, and says what to do', async () => {
    const hash = (await bring({ name: 'small', cap: 1n })).json.hash;
    await paid.turn();
    const id = await submit({ x_order: hash, x_rate_cap: 1_000_000_000 });
    const { status, errors, x_payment } = await site.batch(id);
    expect(status).toBe('failed');
    expect(x_payment).toMatchObject({ reserved: null, spent: 0, refunded: null });
    expect(errors.data).toMatchObject([{ code: 'insufficient_funds', param: 'x_order' }]);
    expect(errors.data[0].message).toContain("3 are left under the order's cap");
  });

  test('is refused by the field that is wrong', async () => {
    const unknown = hashOf('unknown');
    const [cap, tip] = ['x_rate_cap', 'x_tip'];
    expect(await refusal({ x_order: order })).toMatchObject({ param: cap });
    expect(await refusal({ x_rate_cap: 0 })).toMatchObject({ param: cap });
    expect(await refusal({ x_rate_cap: 1.5 })).toMatchObject({ param: cap });
    expect(await refusal({ x_tip: 1 })).toMatchObject({ param: tip });
    expect(await refusal({ x_order: order, x_rate_cap: 5, x_tip: 5 })).toMatchObject({
      param: tip,
    });
    expect(await refusal({ x_order: 'mine', x_rate_cap: 5 })).toMatchObject({ param: 'x_order' });
    expect(await refusal({ x_order: unknown, x_rate_cap: 5 })).toEqual({
      param: 'x_order',
      code: 'order_not_found',
    });
    const { hash } = (await bring({ name: 'too new' })).json;
    expect(await refusal({ x_order: hash, x_rate_cap: 5 })).toEqual({
      param: 'x_order',
      code: 'order_not_registered',
    });
  });
});

test('an account whose credit is in an epoch is not bound to another any more', async () => {
  const who = [await site.contributor(), await site.contributor()];
  await paid.batch(order, who, 'settled');
  expect(await site.coordinator.closeEpoch()).toBe(1);
  const wallet = privateKeyToAccount(generatePrivateKey());
  const made = await makeBinding(who[0], wallet);
  expect(await codeOf(bind(who[0], made))).toBe('binding/settled');
});
