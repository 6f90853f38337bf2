// `idlewild claim` over a real chain: one account, everybody, again, and a month later.
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addClaim } from '#cli/claim.ts';
import { openMirror } from '#cli/epoch-mirror.ts';
import { type ClaimOptions, claimAll, claimOne } from '#cli/make-claims.ts';
import { readClaimedOf } from '#cli/read-claimed.ts';
import { type OneCall, type Payer, sendCall } from '#cli/send-call.ts';
import { readBalance } from '#cli/token-amount.ts';
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readToken } from '#settlement/read-token.ts';
import { addressOf } from '../settlement/epoch-lab.ts';
import { openLab, type SettlementLab } from '../settlement/settlement-lab.ts';
import { type ClaimLab, openClaimLab } from './claim-lab.ts';
import { runCommand } from './run-command.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** More than two transactions' worth. */
const accounts = 230;
let lab: SettlementLab;
let claims: ClaimLab;
let key: Hex;
let payer: Payer;
beforeEach(async () => {
  lab = await openLab();
  claims = await openClaimLab(lab, accounts);
  key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  await lab.node.request('anvil_setBalance', [account.address, `0x${(10n ** 20n).toString(16)}`]);
  const chain = await openChain({ ...lab.chain, confirmations: 1 });
  payer = { chain, account, maxFeePerGas: 10n ** 11n };
});
afterEach(() => lab.close());

const optionsOf = (): ClaimOptions => ({
  payer,
  chain: payer.chain,
  mirror: openMirror(claims.mirror.url),
});

async function readBalances(): Promise<Map<Hex, bigint>> {
  const token = await readToken(payer.chain);
  const balances = new Map<Hex, bigint>();
  for (const { account } of claims.books.credits) {
    balances.set(account, await readBalance(payer.chain, token, account));
  }
  return balances;
}

const earnedNow = () =>
  new Map(claims.books.credits.map(({ account, cumulative }) => [account, cumulative / 10n]));

async function runProcess(...words: string[]) {
  const args = ['--import', 'tsx', 'src/cli/main.ts', ...words];
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test('everybody is paid what was earned, once, in few transactions', async () => {
  await claims.closeEpoch();
  const [{ account: first }] = claims.books.credits;
  const one = await claimOne(optionsOf(), first);
  expect(one).toMatchObject({
    epoch: 1,
    claims: [{ account: first, paid: 0n, claimed: earnedNow().get(first) }],
  });
  const all = await claimAll({ ...optionsOf(), min: 1n });
  expect(all.claims).toHaveLength(accounts - 1);
  expect(all.transactions.map((sent) => sent.accounts)).toEqual([100, 100, 29]);
  expect(all.hidden).toBe(0n);
  expect(await readBalances()).toEqual(earnedNow());
  const everybody = [...earnedNow().keys()];
  expect(await readClaimedOf(payer.chain, everybody)).toEqual([...earnedNow().values()]);

  const again = await claimAll({ ...optionsOf(), min: 1n });
  expect(again).toMatchObject({ claims: [], transactions: [], gas: 0n });
  expect(await claimOne(optionsOf(), first)).toMatchObject({
    claims: [{ paid: earnedNow().get(first), claimed: 0n, transaction: null }],
    transactions: [],
  });
  expect(await readBalances()).toEqual(earnedNow());
});

test('who comes back a month later is paid the sum; small dues wait until they are worth it', async () => {
  await claims.closeEpoch();
  const { credits, debits } = claims.books;
  const grown = credits.map((one) => ({ ...one, cumulative: 3n * one.cumulative }));
  const cumulative = grown.reduce((sum, one) => sum + one.cumulative, 0n);
  claims.books = { credits: grown, debits: [{ ...debits[0], cumulative }] };
  await claims.closeEpoch();
  await lab.passDays(31);
  const dues = [...earnedNow().values()].sort((a, b) => Number(a - b));
  const min = dues[accounts - 5];
  const { claims: made, epoch } = await claimAll({ ...optionsOf(), min });
  expect(epoch).toBe(2);
  expect(made.map((one) => one.claimed).sort((a, b) => Number(a - b))).toEqual(dues.slice(-5));
  await claimAll({ ...optionsOf(), min: 1n });
  expect(await readBalances()).toEqual(earnedNow());
});

test('before an epoch is final there is nothing to claim, and a stranger has nothing after', async () => {
  const early = claimAll({ ...optionsOf(), min: 1n });
  await expect(early).rejects.toMatchObject({ code: 'claim/nothing-final', retryable: true });
  await claims.closeEpoch();
  const stranger = addressOf('nobody');
  expect(await claimOne(optionsOf(), stranger)).toMatchObject({
    claims: [{ account: stranger, earned: 0n, paid: 0n, claimed: 0n }],
    transactions: [],
  });
});

test('a sender whose last transaction is under way sends no second', async () => {
  await claims.closeEpoch();
  await lab.node.request('evm_setAutomine', [false]);
  const { address } = payer.account;
  const raw = await payer.account.signTransaction({
    type: 'eip1559',
    chainId: payer.chain.chainId,
    nonce: 0,
    to: address,
    gas: 21_000n,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 10n ** 9n,
  });
  await lab.node.request('eth_sendRawTransaction', [raw]);
  const call: OneCall = { to: address, data: '0x', doing: 'do nothing' };
  await expect(sendCall(payer, call)).rejects.toMatchObject({ code: 'chain/busy' });
});

test('the command claims, says what it did, and refuses a key that others can read', async () => {
  await claims.closeEpoch();
  const [{ account, cumulative }] = claims.books.credits;
  const keyFile = path.join(claims.folder, 'key');
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  const flags = ['claim', '--coordinator', claims.mirror.origin, '--chain-rpc', lab.node.url];
  const look = await runCommand(addClaim, [...flags, '--account', account, '--dry-run']);
  expect(look).toContain('Nothing was sent.');

  const pays = [...flags, '--key-file', keyFile];
  const paid = await runProcess(...pays, '--account', account, '--json');
  expect(paid.code, paid.stderr).toBe(0);
  const due = String(cumulative / 10n);
  expect(JSON.parse(paid.stdout)).toMatchObject({
    contract: lab.settlement,
    epoch: 1,
    token: { symbol: 'TUSD', decimals: 6 },
    claims: [{ account, earned: due, paid: due, claimed: due }],
    transactions: [{ accounts: 1, gas: expect.any(Number) }],
  });

  await chmod(keyFile, 0o644);
  const open = runCommand(addClaim, [...pays, '--all']);
  await expect(open).rejects.toMatchObject({ code: 'key-file/open-to-others' });
});
