// `idlewild order`: what a requester allows a project to spend of its deposit, or of the credit that it
// earned itself: deposited, signed, registered, listed, cancelled.
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { encodeFunctionData } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { hashOrder } from '#settlement/spending-order.ts';
import { formatTime, print } from './admin-client.ts';
import { addPayerFlags, openPayer, type PayerFlags } from './payer-flags.ts';
import { placeOrder } from './place-order.ts';
import { createProgress, table } from './progress.ts';
import { readEscrow } from './read-escrow.ts';
import { createRequester, type PlacedOrder, type Requester } from './requester.ts';
import { sendCall } from './send-call.ts';
import { environmentName } from './settings.ts';
import {
  addSettlementFlags,
  openSettlement,
  readAddress,
  type SettlementFlags,
} from './settlement-client.ts';
import { formatAmount, parseAmount } from './token-amount.ts';

interface OrderFlags extends SettlementFlags {
  apiKeyFile?: string;
  json: boolean;
}

interface AddFlags extends OrderFlags, PayerFlags {
  amount?: string;
  cap?: string;
  days: number;
  credit: boolean;
}

const daysDefault = 30;
const daysMax = 3_650;
const apiKeyName = environmentName('api-key');

export function addOrder(program: Command): void {
  const order = program
    .command('order')
    .description('let a project spend of your deposit, up to a cap and a day that you sign');
  addMaking(order);
  addLooking(order);
  addEnding(order);
}

function addOrderFlags(command: Command): Command {
  return addSettlementFlags(command)
    .option(
      '--api-key-file <file>',
      `file that holds the project's API key (or ${apiKeyName} does)`,
    )
    .option('--json', 'print one JSON object on stdout', false);
}

function addMaking(order: Command): void {
  const add = order
    .command('add')
    .description('deposit, sign an order, and have it registered, in one go')
    .option('--amount <amount>', 'to deposit first, such as 100; none uses what is deposited')
    .option('--cap <amount>', 'the most that may be spent; by default the amount')
    .option('--days <n>', 'until the order ends', readDays, daysDefault)
    .option('--credit', 'spend credit that the account earned, in place of a deposit', false);
  addPayerFlags(addOrderFlags(add)).action(runAdd);
}

function addLooking(order: Command): void {
  const list = order
    .command('list')
    .description("list the project's orders, and the deposits behind them")
    .addOption(new Option('--requester <address>', 'of this one alone').argParser(readAddress));
  addOrderFlags(list).action(runList);
}

function addEnding(order: Command): void {
  const cancel = order
    .command('cancel')
    .description('let no new batch use an order')
    .argument('<hash>', 'as `order list` shows it')
    .option('--revoke', 'on the chain as well, so that no coordinator can', false);
  addPayerFlags(addOrderFlags(cancel)).action(runCancel);
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= daysMax) return days;
  throw new InvalidArgumentError(`expected 1 to ${daysMax}`);
}

/** @throws order/no-coordinator, order/no-api-key */
async function openRequester({ coordinator, apiKeyFile }: OrderFlags): Promise<Requester> {
  if (coordinator === undefined || !URL.canParse(coordinator)) {
    const message = 'Give --coordinator, the address of the coordinator.';
    throw new IdlewildError('order/no-coordinator', message);
  }
  const told = apiKeyFile === undefined ? process.env[apiKeyName] : await readSecret(apiKeyFile);
  if (!told) {
    throw new IdlewildError('order/no-api-key', "The project's API key is missing.", {
      metaMessages: [`Name its file by --api-key-file, or set ${apiKeyName}.`],
    });
  }
  return createRequester({ coordinator, apiKey: told.trim() });
}

async function readSecret(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `--api-key-file cannot be read (${cause.code ?? 'unknown'}).`;
    throw new IdlewildError('order/no-api-key', message, { cause });
  });
}

async function runAdd(flags: AddFlags): Promise<void> {
  const { amount, cap = amount, days, credit, json } = flags;
  if (cap === undefined) {
    throw new IdlewildError('order/bad-flags', 'Give --amount or --cap.');
  }
  if (credit && amount !== undefined) {
    throw new IdlewildError('order/bad-flags', '--credit needs no deposit: give --cap alone.');
  }
  const progress = createProgress(json && !process.stderr.isTTY);
  const requester = await openRequester(flags);
  const { chain, token } = await openSettlement(flags);
  const payer = await openPayer(flags, chain, progress);
  const { order, deposited } = await placeOrder({
    payer,
    token,
    requester,
    amount: amount === undefined ? 0n : parseAmount(amount, token, '--amount'),
    cap: parseAmount(cap, token, '--cap'),
    days,
    source: credit ? 'credit' : 'escrow',
    progress,
  });
  const answer = {
    order,
    deposited: deposited && { ...deposited, amount: String(deposited.amount) },
  };
  const lines = [
    `Order ${order.hash}`,
    `Up to ${formatAmount(BigInt(order.cap), token)} until ${formatTime(order.expires_at * 1000)}`,
    'Name it in a batch as x_order, with an x_rate_cap.',
  ];
  print(json, answer, lines.join('\n'));
}

async function runList(flags: OrderFlags & { requester?: Hex }): Promise<void> {
  const requester = await openRequester(flags);
  const { chain, token } = await openSettlement(flags);
  const { data } = await requester.listOrders();
  const wanted = data.filter(
    (one) => flags.requester === undefined || one.requester === flags.requester,
  );
  const owners = new Set(wanted.map((one) => one.requester));
  if (flags.requester) owners.add(flags.requester);
  const deposits = [];
  for (const owner of owners) deposits.push({ owner, ...(await readEscrow(chain, owner)) });
  const answer = {
    token,
    deposits: deposits.map(({ owner, deposit, available, withdrawing, waitSeconds }) => ({
      requester: owner,
      deposit: String(deposit),
      available: String(available),
      withdrawing: String(withdrawing),
      wait_seconds: Number(waitSeconds),
    })),
    orders: wanted,
  };
  const amount = (value: bigint) => formatAmount(value, { ...token, symbol: '' });
  const orders = wanted.map((one) => describe(one, amount));
  const escrows = deposits.map((one) => [one.owner, amount(one.deposit), amount(one.available)]);
  const tables = [
    table([['order', 'requester', 'spends', 'cap', 'collected', 'until', 'state'], ...orders]),
    table([['requester', `deposit (${token.symbol})`, 'available'], ...escrows]),
  ];
  print(flags.json, answer, tables.join('\n\n'));
}

function describe(order: PlacedOrder, amount: (value: bigint) => string): string[] {
  const { hash, requester, source, cap, collected, expires_at, state, reason } = order;
  const ends = formatTime(expires_at * 1000);
  const how = reason ? `${state}: ${reason}` : state;
  return [hash, requester, source, amount(BigInt(cap)), amount(BigInt(collected)), ends, how];
}

async function runCancel(
  hash: string,
  flags: OrderFlags & PayerFlags & { revoke: boolean },
): Promise<void> {
  const requester = await openRequester(flags);
  const order = await requester.cancelOrder(encodeURIComponent(hash));
  let transaction: Hex | null = null;
  if (flags.revoke) {
    const progress = createProgress(flags.json && !process.stderr.isTTY);
    const { chain } = await openSettlement(flags);
    const payer = await openPayer(flags, chain, progress);
    const data = revokeData(order);
    const call = { to: chain.settlement, data, doing: 'revoke the order' };
    transaction = (await sendCall(payer, call)).transactionHash;
  }
  const words = `Order ${order.hash} is ${order.state}${transaction ? ', and revoked on the chain' : ''}.`;
  print(flags.json, { order, transaction }, words);
}

/** The coordinator's word is held against the hash: another order is not revoked in its place. */
function revokeData({ hash, requester, project, cap, expires_at, nonce }: PlacedOrder): Hex {
  const order = { requester, project, cap: BigInt(cap), expiresAt: BigInt(expires_at), nonce };
  if (hashOrder(order) !== hash) {
    throw new IdlewildError('order/other-terms', `The coordinator shows another order as ${hash}.`);
  }
  return encodeFunctionData({ abi: settlementAbi, functionName: 'revokeOrder', args: [order] });
}
