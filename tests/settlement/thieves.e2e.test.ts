// Those who would take what is not theirs, over the wire: each meets our own clients and the real
// contract. Who attacks the contract alone is in contracts/test; docs/contracts.md names them all.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  decodeFunctionData,
  encodeFunctionData,
  encodeFunctionResult,
  type Hex,
  parseTransaction,
  type TransactionSerialized,
  toFunctionSelector,
} from 'viem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deposit } from '#cli/deposit.ts';
import { openMirror } from '#cli/epoch-mirror.ts';
import { claimAll, claimOne } from '#cli/make-claims.ts';
import { readEscrow } from '#cli/read-escrow.ts';
import type { Payer } from '#cli/send-call.ts';
import { readBalance } from '#cli/token-amount.ts';
import { closeEpoch } from '#settlement/advance-epoch.ts';
import { openChain } from '#settlement/chain.ts';
import type { EpochBooks } from '#settlement/epoch-books.ts';
import { buildCreditsTree, buildDebitsTree } from '#settlement/epoch-tree.ts';
import { makeProofFiles, proofFileName } from '#settlement/proof-file.ts';
import { readState } from '#settlement/read-settlement.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { postCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { testDollarAbi } from '#settlement/test-dollar-abi.ts';
import { type ClaimLab, openClaimLab } from '../cli/claim-lab.ts';
import { openRequesterLab, type RequesterLab } from '../cli/requester-lab.ts';
import { type Crook, openCrookedNode } from './crooked-node.ts';
import { addressOf, hashOf } from './epoch-lab.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { openLab, type SettlementLab } from './settlement-lab.ts';

const million = 1_000_000n;
const thief = addressOf('a thief');
let lab: SettlementLab;
let claims: ClaimLab;
let relayer: RequesterLab;
beforeEach(async () => {
  lab = await openLab();
  claims = await openClaimLab(lab, 40);
  relayer = await openRequesterLab(lab, 10n * million);
});
afterEach(() => lab.close());

const optionsOf = (payer: Payer = relayer.payer) => ({
  payer,
  chain: payer.chain,
  mirror: openMirror(claims.mirror.url),
});

const balanceOf = (account: Hex) => readBalance(relayer.payer.chain, relayer.token, account);

async function throughCrook(crook: Crook): Promise<Payer> {
  const { chainId, settlement } = lab.chain;
  const url = await openCrookedNode(lab.node, crook);
  const chain = await openChain({ url, chainId, settlement, confirmations: 1, timeoutMs: 300_000 });
  return { ...relayer.payer, chain };
}

/** Files of an epoch that credits the thief with all that the contract holds. */
function forgeFiles() {
  const cumulative = 10n ** 18n;
  const books: EpochBooks = {
    credits: [{ account: thief, cumulative }],
    debits: [{ requester: lab.order.requester, order: lab.orderHash, cumulative }],
  };
  const trees = { credits: buildCreditsTree(books), debits: buildDebitsTree(books) };
  const files = makeProofFiles({ epoch: 1, books, trees });
  return { books, trees, files: [...files] };
}

/** As anyone: a call to the contract, in a block. */
async function call(
  from: Hex,
  functionName: 'dispute' | 'rule' | 'pause' | 'resume',
  args: unknown[],
) {
  const data = encodeFunctionData({ abi: settlementAbi, functionName, args } as never);
  await lab.send(from, lab.settlement, data);
}

test('a mirror that forges a leaf, shows another epoch or hides an account moves no money', async () => {
  await claims.closeEpoch();
  const { lies } = claims.mirror;
  const [{ account, cumulative }] = claims.books.credits;
  const name = proofFileName('credits', account);
  const text = await readFile(path.join(claims.folder, '1', name), 'utf8');
  const due = String(cumulative / 10n);
  const forged = forgeFiles().files.find(({ file }) => file.tree === 'credits')!;
  for (const lie of [
    text.replace(`"${due}"`, `"${due}000"`),
    text.replace(account, thief),
    JSON.stringify({ ...forged.file, root: JSON.parse(text).root }),
    JSON.stringify(forged.file),
    'no file at all',
  ]) {
    lies.set(name, lie);
    lab.gate.asked.length = 0;
    const one = claimOne(optionsOf(), account);
    await expect(one).rejects.toMatchObject({ code: 'settlement/proof-file-wrong' });
    const all = claimAll({ ...optionsOf(), min: 1n });
    await expect(all).rejects.toMatchObject({ code: 'settlement/proof-file-wrong' });
    expect(lab.gate.asked).not.toContain('eth_sendRawTransaction');
  }
  // Hidden, it is missed in the sum of all; what the others have is paid.
  lies.set(name, null);
  const { hidden, claims: made } = await claimAll({ ...optionsOf(), min: 1n });
  expect(hidden).toBeGreaterThanOrEqual(cumulative / 10n);
  expect(made.some((one) => one.account === account)).toBe(false);
  lies.clear();
  await claimOne(optionsOf(), account);
  expect(await balanceOf(account)).toBe(cumulative / 10n);
  expect(await balanceOf(thief)).toBe(0n);
});

test('a node and a mirror that lie together about the epoch get nothing out of the contract', async () => {
  await claims.closeEpoch();
  const { trees, books, files } = forgeFiles();
  for (const { name, file } of files) claims.mirror.lies.set(name, JSON.stringify(file));
  const [{ cumulative: total }] = books.credits;
  const epochOf = encodeFunctionResult({
    abi: settlementAbi,
    functionName: 'epochOf',
    result: {
      creditsRoot: trees.credits.root,
      creditsTotal: total,
      debitsRoot: trees.debits.root,
      debitsTotal: total,
      logRoot: hashOf('log'),
      logSize: 10n,
    },
  });
  const selector = toFunctionSelector('epochOf(uint64)');
  const payer = await throughCrook(({ method, params }) => {
    const [asked] = params as [{ data?: string }?];
    if (method === 'eth_call' && asked?.data?.startsWith(selector)) return epochOf;
    return method === 'eth_estimateGas' ? '0x30d40' : undefined;
  });
  const claimed = claimOne(optionsOf(payer), thief);
  await expect(claimed).rejects.toMatchObject({ code: 'chain/reverted' });
  expect(await balanceOf(thief)).toBe(0n);
});

test('two relayers and an account of its own that claim at once are paid once', async () => {
  await claims.closeEpoch();
  const other = await openRequesterLab(lab, 1n);
  const [{ account }] = claims.books.credits;
  const races = await Promise.allSettled([
    claimAll({ ...optionsOf(), min: 1n }),
    claimAll({ ...optionsOf(other.payer), min: 1n }),
  ]);
  await claimOne(optionsOf(), account);
  await claimAll({ ...optionsOf(), min: 1n });
  expect(races.some(({ status }) => status === 'fulfilled')).toBe(true);
  for (const { account: one, cumulative } of claims.books.credits) {
    expect(await balanceOf(one)).toBe(cumulative / 10n);
  }
});

test('a root forged with the stolen key of the poster is struck in its window; the old one pays on', async () => {
  await claims.closeEpoch();
  const { books, trees, files } = forgeFiles();
  const [{ cumulative: total }] = books.credits;
  await lab.node.request('evm_setAutomine', [false]);
  const stolen = { ...lab.sender, journal: createMemoryJournal() };
  const forged = {
    creditsRoot: trees.credits.root,
    creditsTotal: total,
    debitsRoot: trees.debits.root,
    debitsTotal: total,
    logRoot: hashOf('log'),
    logSize: 100n,
  };
  await submitCall(stolen, postCall(2, forged));
  await lab.mine(2);
  // What the coordinator would post next stops, and says who was there before.
  const { credits, debits } = claims.books;
  claims.books = {
    credits: credits.map((one) => ({ ...one, cumulative: 2n * one.cumulative })),
    debits: [{ ...debits[0], cumulative: 2n * debits[0].cumulative }],
  };
  await expect(closeEpoch(claims.runner)).rejects.toMatchObject({
    code: 'settlement/posted-by-another',
  });
  await lab.node.request('evm_setAutomine', [true]);
  for (const { name, file } of files) claims.mirror.lies.set(name, JSON.stringify(file));
  // The thief has nothing that counts: the final epoch is the old one, whatever a mirror shows.
  await expect(claimOne(optionsOf(), thief)).rejects.toMatchObject({
    code: 'settlement/proof-file-wrong',
  });
  claims.mirror.lies.clear();

  await disputeByPublic(2);
  const [{ account, cumulative }] = credits;
  await claimOne(optionsOf(), account);
  expect(await balanceOf(account)).toBe(cumulative / 10n);
  await call(lab.arbiter, 'rule', [2n, false]);
  await lab.passDays(3);
  const { newest } = await relayer.payer.chain.readHead();
  expect(await readState(relayer.payer.chain, newest)).toMatchObject({
    lastPosted: 2,
    finalEpoch: 1,
    bondHeld: 0n,
  });
  await claims.closeEpoch();
  await claimAll({ ...optionsOf(), min: 1n });
  for (const { account: one, cumulative: sum } of claims.books.credits) {
    expect(await balanceOf(one)).toBe(sum / 10n);
  }
  expect(await balanceOf(thief)).toBe(0n);
});

async function disputeByPublic(number: number): Promise<void> {
  const [, , anyone] = lab.node.accounts as Hex[];
  const args = [lab.settlement, million] as const;
  const approve = encodeFunctionData({ abi: testDollarAbi, functionName: 'approve', args });
  await lab.send(anyone, lab.token, approve);
  await call(anyone, 'dispute', [BigInt(number)]);
}

test('a node that submits a permit ahead of its owner does not stop the deposit', async () => {
  let stolen = 0;
  const payer = await throughCrook(async ({ method, params }) => {
    if (method !== 'eth_sendRawTransaction') return undefined;
    const { data } = parseTransaction(params[0] as TransactionSerialized);
    const { functionName, args } = decodeFunctionData({ abi: settlementAbi, data: data! });
    if (functionName !== 'depositWithPermit') return undefined;
    const [owner, value, deadline, v, r, s] = args;
    const permit = [owner, lab.settlement, value, deadline, v, r, s] as const;
    const ahead = encodeFunctionData({ abi: testDollarAbi, functionName: 'permit', args: permit });
    await lab.send(lab.arbiter, lab.token, ahead);
    stolen++;
    return undefined;
  });
  const { amount } = await deposit(payer, relayer.token, 3n * million);
  expect({ amount, stolen }).toEqual({ amount: 3n * million, stolen: 1 });
  const { address } = payer.account;
  expect((await readEscrow(payer.chain, address)).deposit).toBe(3n * million);
});

test('a node that denies a token its permits costs a transaction, and no allowance past the deposit', async () => {
  const selector = toFunctionSelector('DOMAIN_SEPARATOR()');
  const payer = await throughCrook(({ method, params }) => {
    const [asked] = params as [{ data?: string }?];
    return method === 'eth_call' && asked?.data?.startsWith(selector) ? '0x' : undefined;
  });
  const { amount, transactions } = await deposit(payer, relayer.token, 3n * million);
  expect({ amount, sent: transactions.length }).toEqual({ amount: 3n * million, sent: 2 });
});

test('a node that asks a ruinous fee is paid no more than the sender allows', async () => {
  await claims.closeEpoch();
  let fee = 0n;
  const payer = await throughCrook(({ method, params }) => {
    if (method === 'eth_sendRawTransaction') {
      const { maxFeePerGas = 0n } = parseTransaction(params[0] as TransactionSerialized);
      fee = maxFeePerGas;
    }
    return method === 'eth_maxPriorityFeePerGas' ? '0x9184e72a000' : undefined;
  });
  await claimOne(optionsOf(payer), claims.books.credits[0].account);
  expect(fee).toBe(payer.maxFeePerGas);
});
