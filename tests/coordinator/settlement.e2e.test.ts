// Credit that becomes money, by a real coordinator over a real chain: an order is registered, pays a
// batch, an epoch closes, is posted, final, collected and claimed; and what may come in between.
import { encodeFunctionData } from 'viem';
import { afterEach, expect, test } from 'vitest';
import type { Hex } from '#settlement/epoch-books.ts';
import { proofOfAccount, readProofFile } from '#settlement/proof-file.ts';
import { readClaimed, readState } from '#settlement/read-settlement.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { testDollarAbi } from '#settlement/test-dollar-abi.ts';
import { listPosted } from '../settlement/epoch-life.ts';
import { openSettlementSite, type SettlementSite } from './settlement-site.ts';

let open: SettlementSite | null = null;
afterEach(async () => {
  await open?.close();
  open = null;
});

async function openPaid(...given: Parameters<typeof openSettlementSite>) {
  open = await openSettlementSite(...given);
  const order = await open.order('first');
  await open.turn();
  expect(await open.orderState(order)).toBe('registered');
  return { ...open, order };
}

test('what batches paid is on the chain, to the unit, and claimed for everyone', async () => {
  const { site, lab, order, ...paid } = await openPaid({ relay: true });
  const contributors = [await site.contributor(), await site.contributor()];
  const device = await site.stranger();
  const request = await device.makeSessionRequest({ request: { device: true } });
  device.enter(await device.post('/v1/sessions', request));
  for (const number of [1, 2]) {
    await paid.batch(order, contributors, `round${number}`);
    await paid.batch(order, [device, ...contributors], `device${number}`);
    expect(await site.coordinator.closeEpoch()).toBe(number);
    expect(await site.coordinator.closeEpoch()).toBeNull();
    await paid.until('final');
    // Collecting, then claiming, then seeing that nothing is left.
    while ((await paid.epochs())[0].settled_at === null) await paid.turn();
    await paid.turn();
    for (const who of contributors) {
      const { credit, settlement } = await paid.account(who);
      const due = BigInt(credit.earned) / 3n;
      expect(due).toBeGreaterThan(0n);
      expect(await paid.balance(who.address)).toBe(due);
      expect(settlement).toMatchObject({
        chainId: 31_337,
        contract: lab.settlement,
        token: { address: lab.token, decimals: 6 },
        leaf: { epoch: number, cumulative: String(due) },
        claimed: String(due),
      });
      expect(settlement?.transactions).toHaveLength(number);
      expect(credit).toMatchObject({ claimable: 0, paid: Number(due) * 3 });
    }
    // A device's credit waits for the wallet that it will be bound to.
    const { credit, settlement } = await paid.account(device);
    expect(credit.earned).toBeGreaterThan(0);
    expect(credit).toMatchObject({ claimable: 0, paid: 0 });
    expect(settlement).toMatchObject({ leaf: null, claimed: '0', transactions: [] });
  }
  expect(await listPosted(lab)).toEqual([1, 2]);
  const shown = (await site.get(`/v1/orders/${order}`)).json;
  expect(BigInt(shown.collected)).toBe((BigInt(shown.reserved) + 2n) / 3n);
  // Nothing is new: no third one, however long it waits.
  site.clock.now += 3 * 24 * 60 * 60_000;
  await paid.turn();
  expect(await paid.epochs()).toHaveLength(2);
});

test('an epoch closes by itself in time, and its files prove it to anyone', async () => {
  const { site, lab, order, ...paid } = await openPaid({ epochMs: 60_000 });
  expect((await site.get('/v1/epochs')).json).toMatchObject({
    contract: lab.settlement,
    chain_id: 31_337,
    token: { address: lab.token },
    credits_per_token_unit: 3,
    relays: false,
    epochs: [],
  });
  expect((await site.get('/v1/epochs/latest')).json).toEqual({ epoch: null });
  const contributors = [await site.contributor(), await site.contributor()];
  await paid.batch(order, contributors, 'round');
  await paid.turn();
  expect(await paid.epochs()).toEqual([]);
  site.clock.now += 60_000;
  await paid.until('final');
  expect((await site.get('/v1/epochs/latest')).json).toEqual({ epoch: 1 });
  const [{ address }] = contributors;
  const file = `/v1/epochs/1/credits/${address.slice(2, 5)}.json`;
  const { raw, headers } = await site.get(file);
  expect(headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  const { believed } = await lab.chain.readHead();
  const root: Hex = (await paid.epochs())[0].credits_root;
  const proof = proofOfAccount(readProofFile(String(raw), 'credits', root), address as Hex);
  // Nobody relays here: anyone may claim for the account.
  while ((await paid.epochs())[0].settled_at === null) await paid.turn();
  const { cumulative, proof: nodes } = proof!;
  const args = [address as Hex, cumulative, nodes] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'claim', args });
  expect(await readClaimed(lab.chain, address as Hex, believed)).toBe(0n);
  expect((await paid.account(contributors[0])).credit.claimable).toBe(Number(cumulative) * 3);
  await lab.send(lab.node.accounts[2] as Hex, lab.settlement, data);
  expect(await paid.balance(address)).toBe(cumulative);
  await paid.turn();
  expect((await paid.account(contributors[0])).settlement?.claimed).toBe(String(cumulative));
  for (const missing of ['0/epoch.json', '2/epoch.json', '1/lock', '1/../../lock', '1/credits']) {
    expect((await site.get(`/v1/epochs/${missing}`)).status, missing).toBe(404);
  }
});

test('with the chain away the coordinator works on, says so once, and goes on by itself', async () => {
  const { site, lab, order, ...paid } = await openPaid();
  const contributors = [await site.contributor(), await site.contributor()];
  await paid.batch(order, contributors, 'before');
  await site.coordinator.closeEpoch();
  lab.gate.before = () => {
    throw new Error('away');
  };
  await paid.batch(order, contributors, 'meanwhile');
  const ready = await site.get('/readyz');
  expect(ready.status).toBe(200);
  expect(ready.json).toMatchObject({ status: 'degraded' });
  expect(ready.json.checks).toContainEqual(
    expect.objectContaining({
      name: 'settlement',
      ok: true,
      degraded: true,
      words: expect.stringContaining('chain/unreachable'),
    }),
  );
  expect(String(ready.raw)).not.toContain(lab.gate.url);
  await site.reopen();
  expect((await site.get('/v1/epochs')).json).toMatchObject({ token: { address: lab.token } });
  lab.gate.before = () => {};
  await paid.until('final');
  site.clock.now += 2_000;
  expect((await site.get('/readyz')).json).toMatchObject({ status: 'ok' });
  expect(await listPosted(lab)).toEqual([1]);
});

test('killed around the post and after, it posts each epoch once', async () => {
  const { site, lab, order, ...paid } = await openPaid({ epochMs: 60_000 });
  const contributors = [await site.contributor(), await site.contributor()];
  await paid.batch(order, contributors, 'before');
  site.clock.now += 60_000;
  const cut = (method: string) => {
    if (method === 'eth_sendRawTransaction') throw new Error('cut');
  };
  // Written down and never sent; then sent, and never heard of.
  lab.gate.before = cut;
  await site.coordinator.settle();
  expect(await paid.epochs()).toMatchObject([{ state: 'built' }]);
  await site.crash();
  lab.gate.before = () => {};
  lab.gate.after = cut;
  await site.coordinator.settle();
  expect(await paid.epochs()).toMatchObject([{ state: 'built' }]);
  await site.crash();
  lab.gate.after = () => {};
  await site.coordinator.settle();
  expect(await paid.epochs()).toMatchObject([{ state: 'posting' }]);
  await site.crash();
  await paid.until('posted');
  await site.crash();
  await paid.until('final');
  while ((await paid.epochs())[0].settled_at === null) {
    await paid.turn();
    await site.crash();
  }
  expect(await listPosted(lab)).toEqual([1]);
  const { believed } = await lab.chain.readHead();
  const { totals } = await readState(lab.chain, believed);
  expect(String(totals.collected)).toBe((await paid.epochs())[0].debits_total);
});

async function strike({ lab }: SettlementSite, number: number): Promise<void> {
  const [, , disputer] = lab.node.accounts as Hex[];
  const approve = encodeFunctionData({
    abi: testDollarAbi,
    functionName: 'approve',
    args: [lab.settlement, 10n ** 9n],
  });
  await lab.send(disputer, lab.token, approve);
  const call = (functionName: 'dispute' | 'rule') =>
    functionName === 'dispute'
      ? encodeFunctionData({ abi: settlementAbi, functionName, args: [BigInt(number)] })
      : encodeFunctionData({ abi: settlementAbi, functionName, args: [BigInt(number), false] });
  await lab.send(disputer, lab.settlement, call('dispute'));
  await lab.send(lab.arbiter, lab.settlement, call('rule'));
}

test('an epoch that was struck is said again by the next, to the unit', async () => {
  const { site, lab, order, ...paid } = await openPaid();
  const contributors = [await site.contributor(), await site.contributor()];
  await paid.batch(order, contributors, 'before');
  await site.coordinator.closeEpoch();
  await paid.until('posted');
  await strike(open!, 1);
  await paid.until('struck');
  const [struck] = await paid.epochs();
  // Nothing is new, and yet what it said is not on the chain.
  expect(await site.coordinator.closeEpoch()).toBe(2);
  await paid.until('final');
  const [final] = await paid.epochs();
  expect(final).toMatchObject({
    number: 2,
    credits_root: struck.credits_root,
    debits_total: struck.debits_total,
  });
  const { believed } = await lab.chain.readHead();
  expect(await readState(lab.chain, believed)).toMatchObject({ lastPosted: 2, finalEpoch: 2 });
});
