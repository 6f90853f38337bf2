// `idlewild order` and `idlewild withdraw`, as a requester types them: against a coordinator that
// settles on a real chain and looks at it by itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addOrder } from '#cli/order.ts';
import { placeOrder } from '#cli/place-order.ts';
import { createProgress } from '#cli/progress.ts';
import { readEscrow } from '#cli/read-escrow.ts';
import { createRequester } from '#cli/requester.ts';
import { readBalance } from '#cli/token-amount.ts';
import { addWithdraw } from '#cli/withdraw.ts';
import { readOrderState } from '#settlement/read-settlement.ts';
import { openSettlementSite, type SettlementSite } from '../coordinator/settlement-site.ts';
import { openRequesterLab, type RequesterLab } from './requester-lab.ts';
import { runCommand } from './run-command.ts';

const million = 1_000_000n;
let open: SettlementSite;
let requester: RequesterLab;
let folder: string;
let flags: string[];
beforeAll(async () => {
  open = await openSettlementSite({ confirmations: 1, lookMs: 0 }, { tickMs: 200 });
  requester = await openRequesterLab(open.lab, 10n * million);
  await open.site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-order-'));
  const [keyFile, apiKeyFile] = [path.join(folder, 'key'), path.join(folder, 'api-key')];
  await writeFile(keyFile, requester.key, { mode: 0o600 });
  await writeFile(apiKeyFile, `${open.site.apiKey}\n`);
  flags = [
    ...['--coordinator', open.site.coordinator.origin(), '--chain-rpc', open.lab.node.url],
    ...['--json', '--key-file', keyFile],
  ];
  flags.push('--api-key-file', apiKeyFile);
});
afterAll(async () => {
  await open?.close();
  if (folder) await rm(folder, { recursive: true });
});

const answerOf = async (add: (program: Command) => void, ...words: string[]) =>
  JSON.parse(await runCommand(add, words));

const money = () =>
  readBalance(requester.payer.chain, requester.token, requester.payer.account.address);
const escrow = () => readEscrow(requester.payer.chain, requester.payer.account.address);

test('an order is deposited, signed and registered in one go, listed, and revoked', async () => {
  const { order, deposited } = await answerOf(
    addOrder,
    'order',
    'add',
    ...flags,
    '--amount',
    '5',
    '--cap',
    '3.5',
  );
  expect(order).toMatchObject({
    requester: requester.payer.account.address.toLowerCase(),
    cap: '3500000',
    source: 'escrow',
    state: 'registered',
    collected: '0',
  });
  expect(deposited).toMatchObject({ amount: '5000000', transactions: [expect.any(String)] });
  expect(await escrow()).toMatchObject({ deposit: 5n * million, available: 5n * million });
  const { chain } = requester.payer;
  const { newest } = await chain.readHead();
  expect(await readOrderState(chain, order.hash, newest)).toMatchObject({ registered: true });

  const looks = flags.filter((_, i) => i < flags.length - 4 || i >= flags.length - 2);
  const listed = await answerOf(addOrder, 'order', 'list', ...looks);
  expect(listed.orders).toMatchObject([{ hash: order.hash, state: 'registered' }]);
  expect(listed.deposits).toMatchObject([{ requester: order.requester, deposit: '5000000' }]);

  const ended = await answerOf(addOrder, 'order', 'cancel', order.hash, ...flags, '--revoke');
  expect(ended).toMatchObject({ order: { state: 'cancelled' }, transaction: expect.any(String) });
  const after = await chain.readHead();
  const { revokedAt } = await readOrderState(chain, order.hash, after.newest);
  expect(revokedAt).toBeGreaterThan(0n);
});

test('an order upon credit that was earned needs no deposit and no transaction', async () => {
  const before = { money: await money(), escrow: await escrow() };
  const { apiKey, coordinator } = open.site;
  const { order, deposited } = await placeOrder({
    payer: requester.payer,
    token: requester.token,
    requester: createRequester({ coordinator: coordinator.origin(), apiKey }),
    amount: 0n,
    cap: million,
    days: 30,
    source: 'credit',
    progress: createProgress(true),
  });
  expect({ order, deposited }).toMatchObject({
    order: { source: 'credit', state: 'registered' },
    deposited: null,
  });
  expect({ money: await money(), escrow: await escrow() }).toEqual(before);
});

test('what cannot be ordered moves no money', async () => {
  const before = { money: await money(), escrow: await escrow() };
  const badKey = path.join(folder, 'bad-key');
  await writeFile(badKey, 'sk-idlewild-nobody\n');
  for (const [words, message] of [
    [['--amount', '1', '--api-key-file', badKey], 'refused /v1/orders'],
    [['--amount', '100'], 'less than 100 TUSD'],
    [['--amount', '0.0000001'], 'at most 6 decimals'],
    [['--credit', '--amount', '1'], '--credit needs no deposit'],
    [[], 'Give --amount or --cap'],
  ] as const) {
    const refused = runCommand(addOrder, ['order', 'add', ...flags, ...words]);
    const thrown = await refused.catch((error: Error) => error);
    expect(String(thrown)).toContain(message);
    expect(String(thrown)).not.toContain('sk-idlewild');
  }
  expect({ money: await money(), escrow: await escrow() }).toEqual(before);
});

test('a deposit comes back in two steps', async () => {
  const { deposit } = await escrow();
  const before = await money();
  const wants = flags.slice(0, -2);
  const asked = await answerOf(addWithdraw, 'withdraw', ...wants, '--all');
  expect(asked).toMatchObject({ withdrawing: String(deposit), available: '0' });
  const early = runCommand(addWithdraw, ['withdraw', ...wants, '--finish']);
  await expect(early).rejects.toThrow('The withdrawal can be paid in');
  await open.lab.passDays(6);
  expect(await answerOf(addWithdraw, 'withdraw', ...wants, '--finish')).toMatchObject({
    deposit: '0',
  });
  expect(await money()).toBe(before + deposit);
});
