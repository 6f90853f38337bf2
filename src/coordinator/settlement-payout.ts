// What follows when an epoch is final: every order's debit is collected and, where this coordinator
// relays, everybody's credit claimed, many accounts in one transaction. What the contract refuses now
// the next epoch asks again, since its sums hold it too.
import type { Logger } from 'pino';
import { assert, IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { proofOfOrder, proveMany } from '#settlement/proof-file.ts';
import { openProofs } from '#settlement/read-proofs.ts';
import { readAvailable, readOrderState } from '#settlement/read-settlement.ts';
import type { Sender } from '#settlement/sender.ts';
import { claimManyCall, collectCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import type { Database } from '#store/database.ts';
import type { StoredEpoch } from '#store/epoch-operations.ts';
import type { EscrowOrder } from '#store/epoch-orders.ts';
import type { SettlementTerms } from './settlement-look.ts';
import { toSpendingOrder } from './settlement-orders.ts';

export interface Payout {
  /** @param epoch the latest, final */
  step(epoch: StoredEpoch): Promise<{ done: boolean; words: string }>;
}

export interface PayoutParts {
  database: Database;
  log: Logger;
  folder: string;
  now(): number;
}

const pageMax = 256;
/** Accounts of one claimMany: 3 million gas where they hold the token already, 3.3 where they do not. */
const claimsMax = 50;
/** Batches of claims under way at once. */
const batchesMax = 8;

export function createPayout(sender: Sender, terms: SettlementTerms, parts: PayoutParts): Payout {
  const { chain } = sender;
  const { database, log } = parts;
  /** Purposes that the contract refused in this epoch. */
  const refused = new Set<string>();
  const relayed = { epoch: 0, index: 0, after: '' };

  /** @returns whether it must be waited for */
  async function send(purpose: string, call: () => Promise<unknown>): Promise<boolean> {
    if (refused.has(purpose)) return false;
    try {
      await call();
      return true;
    } catch (thrown) {
      const code = thrown instanceof IdlewildError ? thrown.code : '';
      const lasting = code.startsWith('settlement/') && !passing.has(code);
      if (!lasting) throw thrown;
      refused.add(purpose);
      log.warn({ purpose, code }, 'the contract does not pay this out now');
      return false;
    }
  }

  /** @returns how many are under way */
  async function collect(epoch: StoredEpoch, block: bigint): Promise<number> {
    const up = epoch.creditsPerTokenUnit - 1n;
    let waiting = 0;
    for (let after = ''; ; ) {
      const question = { which: 'debited', after, limit: pageMax } as const;
      const page = await database.run('listEscrowOrders', question);
      for (const order of page) {
        const due = (order.debit + up) / epoch.creditsPerTokenUnit;
        if (order.collected < due && (await collectOne(epoch, order, block))) waiting++;
      }
      if (page.length < pageMax) return waiting;
      after = page[page.length - 1].hash;
    }
  }

  async function collectOne(
    { number, written }: StoredEpoch,
    order: EscrowOrder,
    block: bigint,
  ): Promise<boolean> {
    assert(written, 'an epoch that is final has its files');
    const { hash, requester, signature } = order;
    const address = requester;
    const { taken } = await readOrderState(chain, hash, block);
    if (taken !== order.collected) {
      const available = await readAvailable(chain, requester, block);
      const seen = { requester, available, block, now: parts.now(), taken: [{ hash, taken }] };
      await database.run('writeEscrow', seen);
    }
    const file = await openProofs(
      parts.folder,
      { number, epoch: written.epoch },
      { tree: 'debits', address },
    );
    const proven = proofOfOrder(file, requester, hash);
    if (!proven || taken >= proven.cumulative) return false;
    const of = toSpendingOrder(order);
    const call = collectCall({ order: of, orderHash: hash, signature, taken, ...proven });
    return send(call.purpose, () => submitCall(sender, call));
  }

  /** @returns how many batches are under way */
  async function relay(epoch: StoredEpoch): Promise<number> {
    if (relayed.epoch !== epoch.number) {
      Object.assign(relayed, { epoch: epoch.number, index: 0, after: '' });
    }
    let underWay = 0;
    let { index, after } = relayed;
    while (underWay < batchesMax) {
      const page = await database.run('readDues', { after, limit: claimsMax });
      if (page.length === 0) break;
      const due = page.filter(
        ({ credit, claimed }) => credit / epoch.creditsPerTokenUnit - claimed >= terms.relayMin,
      );
      if (due.length > 0 && (await claimFor(epoch, index, due))) underWay++;
      index++;
      after = page[page.length - 1].account;
      if (underWay === 0) Object.assign(relayed, { index, after });
    }
    return underWay;
  }

  /** @returns whether it is under way */
  async function claimFor(
    { number, written }: StoredEpoch,
    index: number,
    due: readonly { account: Hex }[],
  ): Promise<boolean> {
    assert(written, 'an epoch that is final has its files');
    const name = `${number}/${index}`;
    const known = await sender.journal.findPurpose(`claim-many/${name}`);
    if (known?.state === 'confirmed') return false;
    const accounts = due.map(({ account }) => account);
    const files = [];
    const prefixes = new Map(accounts.map((account) => [account.slice(0, 5), account]));
    for (const address of prefixes.values()) {
      const of = { number, epoch: written.epoch };
      files.push(await openProofs(parts.folder, of, { tree: 'credits', address }));
    }
    const call = claimManyCall(name, proveMany(files, accounts));
    return send(call.purpose, () => submitCall(sender, call));
  }

  return {
    async step(epoch) {
      const { believed } = await chain.readHead();
      const collecting = await collect(epoch, believed);
      if (collecting > 0) return { done: false, words: `collecting ${collecting} debits` };
      const claiming = terms.relay ? await relay(epoch) : 0;
      if (claiming > 0) return { done: false, words: 'claiming for its contributors' };
      refused.clear();
      return { done: true, words: 'paid out' };
    },
  };
}

/** Refusals that end by themselves, soon. */
const passing = new Set([
  'settlement/paused',
  'settlement/too-many-open',
  'settlement/journal-taken',
]);
