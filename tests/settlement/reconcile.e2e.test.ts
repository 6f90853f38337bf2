// Debits collected, credits claimed alone and together, and the three sides compared to the unit.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { advanceTransactions } from '#settlement/advance-transactions.ts';
import { type EpochBooks, type Hex, toTokenBooks } from '#settlement/epoch-books.ts';
import { folderOfEpoch } from '#settlement/epoch-files.ts';
import { buildCreditsTree, buildDebitsTree } from '#settlement/epoch-tree.ts';
import {
  proofFileName,
  proofOfAccount,
  proofOfOrder,
  proveMany,
  readProofFile,
  type TreeName,
} from '#settlement/proof-file.ts';
import { readChainPicture } from '#settlement/read-chain-picture.ts';
import { readClaimed } from '#settlement/read-settlement.ts';
import { type Reconciled, reconcile } from '#settlement/reconcile.ts';
import { type Call, claimCall, claimManyCall, collectCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { addressOf, hashOf, makeTestFolder } from './epoch-lab.ts';
import { makePaidBooks, makeRunner, runTo } from './epoch-life.ts';
import { openLab, type SettlementLab } from './settlement-lab.ts';

let lab: SettlementLab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab.close());

async function sendNow(call: Call): Promise<void> {
  await submitCall(lab.sender, call);
  await lab.mine(2);
  const { closed } = await advanceTransactions(lab.sender);
  expect(closed).toMatchObject([{ purpose: call.purpose, state: 'confirmed' }]);
}

/** Everything from its files, as a stranger would. */
function openFiles(folder: string, number: number, roots: Record<TreeName, Hex>) {
  return async (tree: TreeName, address: Hex) => {
    const name = proofFileName(tree, address);
    const text = await readFile(path.join(folderOfEpoch(folder, number), name), 'utf8');
    return readProofFile(text, tree, roots[tree]);
  };
}

async function picture(books: EpochBooks, number: number): Promise<Reconciled> {
  const chain = await readChainPicture(lab.chain, { fromBlock: 0n, epochs: [number] });
  const { epoch } = chain.epochs.get(number)!;
  const inTokens = toTokenBooks(books, 10n);
  const creditsRoot = buildCreditsTree(inTokens).root;
  const roots = { creditsRoot, debitsRoot: buildDebitsTree(inTokens).root };
  const log = { size: number * 10, root: hashOf(`log ${number}`), books };
  return { ledger: { number, epoch, books }, log, chain, creditsPerTokenUnit: 10n, roots };
}

/** Everyone has earned as much again, and one unit of the ledger's, which the chain cannot pay yet. */
function growBooks({ credits, debits }: EpochBooks): EpochBooks {
  const grown = credits.map((one) => ({ ...one, cumulative: 2n * one.cumulative + 1n }));
  const cumulative = grown.reduce((sum, one) => sum + one.cumulative, 0n);
  return { credits: grown, debits: [{ ...debits[0], cumulative }] };
}

test('what is collected and claimed over two epochs equals ledger and log to the unit', async () => {
  const folder = await makeTestFolder();
  let books = makePaidBooks(lab, 12);
  let taken = 0n;
  const runner = makeRunner(lab, folder, () => books);
  for (const number of [1, 2]) {
    const { written } = await runTo(lab, runner, 'final');
    const { epoch } = written!;
    const read = openFiles(folder, number, {
      credits: epoch.creditsRoot,
      debits: epoch.debitsRoot,
    });

    const { order, orderHash, orderSignature: signature } = lab;
    const debits = await read('debits', order.requester);
    const debit = proofOfOrder(debits, order.requester, orderHash)!;
    await sendNow(collectCall({ order, orderHash, signature, taken, ...debit }));
    taken = debit.cumulative;

    const [first, ...others] = books.credits.map(({ account }) => account);
    const { believed: before } = await lab.chain.readHead();
    const paid = await readClaimed(lab.chain, first, before);
    await sendNow(claimCall(proofOfAccount(await read('credits', first), first)!, paid));
    const files = await Promise.all(others.map((account) => read('credits', account)));
    await sendNow(claimManyCall(`${number}/0`, proveMany(files, others)));

    const { believed } = await lab.chain.readHead();
    for (const { account, cumulative } of books.credits) {
      expect(await readClaimed(lab.chain, account, believed)).toBe(cumulative / 10n);
    }
    expect(reconcile(await picture(books, number))).toEqual([]);
    books = growBooks(books);
  }
});

test('each kind of difference has its code, and names whom it is about', async () => {
  const books = makePaidBooks(lab, 4);
  const runner = makeRunner(lab, await makeTestFolder(), () => books);
  await runTo(lab, runner, 'final');
  const good = await picture(books, 1);
  expect(reconcile(good)).toEqual([]);
  const codesOf = (changed: Partial<Reconciled>) =>
    reconcile({ ...good, ...changed }).map(({ code, subject }) => `${code} ${subject}`);

  const [{ account, cumulative }, ...rest] = books.credits;
  const [debit] = books.debits;
  const more = { ...books, credits: [{ account, cumulative: cumulative + 1n }, ...rest] };
  expect(codesOf({ log: { ...good.log, books: more } })).toEqual([
    `reconcile/credit-not-in-log ${account}`,
  ]);
  const spent = { ...books, debits: [{ ...debit, cumulative: debit.cumulative - 1n }] };
  expect(codesOf({ log: { ...good.log, books: spent } })).toEqual([
    `reconcile/debit-not-in-log ${debit.requester}/${debit.order}`,
  ]);
  expect(codesOf({ log: { ...good.log, size: 9, root: hashOf('fork') } })).toEqual([
    'reconcile/log-size epoch 1',
    'reconcile/log-root epoch 1',
  ]);
  const { chain } = good;
  const stolen = { ...good.ledger.epoch, creditsRoot: hashOf('thief'), creditsTotal: 1n };
  const epochs = new Map([[1, { status: 'final' as const, epoch: stolen }]]);
  expect(codesOf({ chain: { ...chain, epochs } })).toEqual([
    'reconcile/credits-root-on-chain epoch 1',
    'reconcile/credits-total-on-chain epoch 1',
  ]);
  expect(codesOf({ chain: { ...chain, epochs: new Map() } })).toEqual([
    'reconcile/epoch-not-posted epoch 1',
  ]);
  const thief = addressOf('thief');
  const claims = new Map([[thief, { claimed: 7n, events: 5n }]]);
  expect(codesOf({ chain: { ...chain, claims } })).toEqual([
    `reconcile/claims-not-in-events ${thief}`,
    `reconcile/overpaid ${thief}`,
    'reconcile/paid-past-collected contract',
  ]);
  const collections = new Map([[debit.order, { taken: 10n ** 18n, events: 10n ** 18n }]]);
  expect(codesOf({ chain: { ...chain, collections } })).toEqual([
    `reconcile/overcollected ${debit.order}`,
    'reconcile/collected-total contract',
  ]);
  expect(codesOf({ chain: { ...chain, given: 1n, balance: chain.balance - 1n } })).toEqual([
    'reconcile/collected-total contract',
    'reconcile/insolvent contract',
  ]);
});
