// Requesters who would have work for nothing, against a real coordinator over a real chain: an order
// brought to another project, a deposit taken away, an order revoked while its batch runs; and whoever
// stole the key that posts.
import { encodeFunctionData } from 'viem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEscrow } from '#cli/read-escrow.ts';
import { type Payer, sendCall } from '#cli/send-call.ts';
import { finishWithdrawal, requestWithdrawal } from '#cli/withdraw.ts';
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { postCall } from '#settlement/settlement-calls.ts';
import { orderTypedData } from '#settlement/spending-order.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { openSettlementSite, type SettlementSite } from '../coordinator/settlement-site.ts';
import type { TestContributor } from '../coordinator/test-contributor.ts';
import { embedLine, makeTexts } from '../coordinator/test-site.ts';
import { hashOf } from './epoch-lab.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { chainId } from './settlement-lab.ts';

const adminToken = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
const answerMsMax = 300_000;
let open: SettlementSite;
let requester: Payer;
beforeEach(async () => {
  open = await openSettlementSite({ relay: true }, { adminToken });
  const { lab } = open;
  const { settlement } = lab;
  const options = { url: lab.node.url, chainId, settlement, confirmations: 1 };
  const chain = await openChain({ ...options, timeoutMs: answerMsMax });
  requester = { chain, account: lab.requester, maxFeePerGas: 10n ** 11n };
});
afterEach(() => open.close());

/** As the requester, in a block of its own. */
async function actNow<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  await open.lab.node.request('evm_setAutomine', [true]);
  const answer = await act();
  await open.lab.node.request('evm_setAutomine', [false]);
  return answer;
}

async function registered(name: string): Promise<string> {
  const order = await open.order(name);
  await open.turn();
  await open.turn();
  expect(await open.orderState(order)).toBe('registered');
  return order;
}

const submit = (order: string) =>
  open.site.submit(
    makeTexts(8).map((text, i) => embedLine(`${i}`, text)),
    undefined,
    { x_order: order, x_rate_cap: 5_000 },
  );

async function work(id: string, crew: readonly TestContributor[]): Promise<void> {
  const { site } = open;
  for (let rounds = 0; (await site.batch(id)).status !== 'completed'; rounds++) {
    if (rounds > 20)
      throw new Error(`The batch is not done: ${JSON.stringify(await site.batch(id))}`);
    for (const who of crew) await who.turn(4);
    await site.coordinator.settle();
  }
}

/** Closes an epoch, sees it final, and has everybody paid. */
async function settleEpoch(): Promise<void> {
  expect(await open.site.coordinator.closeEpoch()).not.toBeNull();
  await open.until('final');
  for (let turns = 0; turns < 6; turns++) await open.turn();
}

async function expectAllPaid(crew: readonly TestContributor[]): Promise<void> {
  for (const who of crew) {
    const { credit } = await open.account(who);
    expect(credit.earned).toBeGreaterThan(0);
    expect(await open.balance(who.address)).toBe(BigInt(credit.earned) / 3n);
  }
}

/** Why no work was begun. */
async function refusal(order: string): Promise<string> {
  const { site } = open;
  try {
    const { status, errors } = await site.batch(await submit(order));
    expect(status).toBe('failed');
    return JSON.stringify(errors);
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

test('an order brought to another project, or with other terms, is not what the requester signed', async () => {
  const { site, lab } = open;
  const made = await site.post('/v1/admin/projects', { name: 'A thief' }, { key: adminToken });
  const key: string = made.json.api_key;
  const { project, credit_project } = (await site.get('/v1/orders')).json;
  const requesterAddress = lab.requester.address.toLowerCase() as Hex;
  const terms = { requester: requesterAddress, cap: '1000000', expires_at: 4_000_000_000 };
  const nonce: Hex = `0x${'7'.repeat(64)}`;
  const message = { ...terms, project, cap: 1_000_000n, expiresAt: 4_000_000_000n, nonce };
  const typed = orderTypedData(message, { chainId, settlement: lab.settlement });
  const signature = await lab.requester.signTypedData(typed);
  const own = { order: { ...terms, nonce }, signature };
  expect((await site.get('/v1/orders', key)).json.project).not.toBe(project);
  expect(credit_project).not.toBe(project);
  for (const [body, as] of [
    [own, key],
    [{ ...own, source: 'credit' }, undefined],
    [{ ...own, order: { ...own.order, cap: '1000000000000' } }, undefined],
    [{ ...own, order: { ...own.order, expires_at: 4_000_000_001 } }, undefined],
    [{ ...own, order: { ...own.order, requester: lab.sender.account.address } }, undefined],
  ] as const) {
    const answer = await site.post('/v1/orders', body, as === undefined ? {} : { key: as });
    expect(answer.status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
    expect(answer.json.error.code).toBe('order/wallet-signature');
  }
  // Known to its own project, it is unknown to the other.
  const { hash } = (await site.post('/v1/orders', own)).json;
  expect((await site.get(`/v1/orders/${hash}`, key)).status).toBe(404);
  const text = `${JSON.stringify(embedLine('1', 'w1'))}\n`;
  const file = await site.upload(text, key);
  const batch = { input_file_id: file, endpoint: '/v1/embeddings', completion_window: '24h' };
  const stolen = { ...batch, x_order: hash, x_rate_cap: 5_000 };
  expect((await site.post('/v1/batches', stolen, { key })).status).toBe(400);
});

test('a deposit that is asked back while work runs pays for that work first, and for no new', async () => {
  const { site, lab } = open;
  const order = await registered('leaving');
  const crew = [await site.contributor(), await site.contributor()];
  const id = await submit(order);
  const { address } = lab.requester;
  const { deposit } = await readEscrow(requester.chain, address);
  await actNow(() => requestWithdrawal(requester, deposit));
  await open.turn();
  expect(await refusal(order)).toContain('insufficient_funds');

  await work(id, crew);
  await settleEpoch();
  await expectAllPaid(crew);
  const left = (await readEscrow(requester.chain, address)).deposit;
  expect(left).toBeLessThan(deposit);
  await lab.passDays(6);
  await actNow(() => finishWithdrawal(requester));
  expect(await open.balance(address)).toBe(left);
  expect((await readEscrow(requester.chain, address)).deposit).toBe(0n);
});

test('an order that is revoked while its batch runs pays for that batch, and for no new', async () => {
  const { site, lab } = open;
  const order = await registered('revoked');
  const crew = [await site.contributor(), await site.contributor()];
  const id = await submit(order);
  const shown = (await site.get(`/v1/orders/${order}`)).json;
  const args = [
    {
      requester: shown.requester,
      project: shown.project,
      cap: BigInt(shown.cap),
      expiresAt: BigInt(shown.expires_at),
      nonce: shown.nonce,
    },
  ] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'revokeOrder', args });
  const revoke = { to: lab.settlement, data, doing: 'revoke the order' };
  await actNow(() => sendCall(requester, revoke));
  await open.turn();
  await open.turn();
  expect(await open.orderState(order)).not.toBe('registered');
  expect(await refusal(order)).toContain('order');

  await work(id, crew);
  await settleEpoch();
  await expectAllPaid(crew);
});

test('a root that a stolen key posts in a quiet hour is told while its window is open', async () => {
  const { site, lab } = open;
  await open.turn();
  expect(JSON.stringify((await site.get('/readyz')).json)).not.toContain('posted-by-another');
  const forged = {
    creditsRoot: hashOf('a thief'),
    creditsTotal: 1n,
    debitsRoot: hashOf('a victim'),
    debitsTotal: 1n,
    logRoot: hashOf('log'),
    logSize: 1n,
  };
  const stolen = { ...lab.sender, journal: createMemoryJournal() };
  await submitCall(stolen, postCall(1, forged));
  await lab.mine(2);
  await open.turn();
  // An answer of readyz is kept for a second.
  site.clock.now += 2_000;
  expect((await site.get('/readyz')).json.checks).toContainEqual(
    expect.objectContaining({
      name: 'settlement',
      degraded: true,
      words: expect.stringContaining('settlement/posted-by-another'),
    }),
  );
});
