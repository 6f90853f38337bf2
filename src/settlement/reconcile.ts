// Proves that chain, ledger and log say one thing, to the unit. Pure: three pictures go in, every
// difference comes out with a code. Who finds none has shown that no contributor is owed more, or was
// paid more, than receipts in the public log say.
import {
  type Credit,
  type Debit,
  debitKey,
  type EpochBooks,
  type Hex,
  sumBooks,
  toTokenBooks,
} from './epoch-books.ts';
import type { Epoch } from './epoch-files.ts';
import type { EpochStatus, SettlementTotals } from './read-settlement.ts';

/** An epoch as this coordinator has it, with its books frozen in the ledger's credit. */
interface LedgerEpoch {
  number: number;
  epoch: Epoch;
  books: EpochBooks;
}

/** What an audit of the log summed over the first `size` leaves, in the ledger's credit. */
interface LogSums {
  size: number;
  root: Hex;
  books: EpochBooks;
}

export interface ChainPicture {
  /** Of the epochs asked about, by number; none where nothing was posted under it. */
  epochs: ReadonlyMap<number, { status: EpochStatus; epoch: Epoch }>;
  finalEpoch: number;
  /** What the contract says each account was paid, and its events add up to. */
  claims: ReadonlyMap<Hex, { claimed: bigint; events: bigint }>;
  /** What the contract says each order was debited, and its events add up to. */
  collections: ReadonlyMap<Hex, { taken: bigint; events: bigint }>;
  /** Given to all claims, and bonds that disputers forfeited, as its events say. */
  given: bigint;
  totals: SettlementTotals;
  bondHeld: bigint;
  /** Of the token, at the contract's address. */
  balance: bigint;
}

export interface Reconciled {
  /** The one that counts, or any that is pending. */
  ledger: LedgerEpoch;
  log: LogSums;
  chain: ChainPicture;
  creditsPerTokenUnit: bigint;
  /** Of the trees over the ledger's books, computed anew. */
  roots: { creditsRoot: Hex; debitsRoot: Hex };
}

export interface Difference {
  code: `reconcile/${string}`;
  /** An account, an order, an epoch. */
  subject: string;
  /** What one side says, and what the other. */
  expected: string;
  found: string;
}

type Say = (code: string, subject: string, values: { expected: unknown; found: unknown }) => void;

/** @returns none where all is equal */
export function reconcile(all: Reconciled): Difference[] {
  const differences: Difference[] = [];
  const say: Say = (code, subject, { expected, found }) => {
    if (expected === found) return;
    const text = { expected: String(expected), found: String(found) };
    differences.push({ code: `reconcile/${code}`, subject, ...text });
  };
  compareLog(all, say);
  compareEpoch(all, say);
  comparePayments(all, say);
  compareTotals(all, say);
  return differences;
}

/** Ledger against log, account by account, in the ledger's own credit. */
function compareLog({ ledger, log }: Reconciled, say: Say): void {
  say('log-size', `epoch ${ledger.number}`, {
    expected: ledger.epoch.logSize,
    found: BigInt(log.size),
  });
  say('log-root', `epoch ${ledger.number}`, { expected: ledger.epoch.logRoot, found: log.root });
  const sides = [
    ['credit', sumsOf(log.books.credits, creditKey), sumsOf(ledger.books.credits, creditKey)],
    ['debit', sumsOf(log.books.debits, debitKey), sumsOf(ledger.books.debits, debitKey)],
  ] as const;
  for (const [what, logged, kept] of sides) {
    for (const key of new Set([...logged.keys(), ...kept.keys()])) {
      say(`${what}-not-in-log`, key, {
        expected: logged.get(key) ?? 0n,
        found: kept.get(key) ?? 0n,
      });
    }
  }
}

/** Chain against ledger: what was posted is what the books come to. */
function compareEpoch({ ledger, chain, creditsPerTokenUnit, roots }: Reconciled, say: Say): void {
  const subject = `epoch ${ledger.number}`;
  const posted = chain.epochs.get(ledger.number);
  const totals = sumBooks(toTokenBooks(ledger.books, creditsPerTokenUnit));
  const said = [
    ['ledger', ledger.epoch],
    ['chain', posted?.epoch],
  ] as const;
  for (const [where, epoch] of said) {
    if (!epoch) {
      say('epoch-not-posted', subject, { expected: 'posted', found: 'none' });
      continue;
    }
    say(`credits-root-on-${where}`, subject, {
      expected: roots.creditsRoot,
      found: epoch.creditsRoot,
    });
    say(`debits-root-on-${where}`, subject, {
      expected: roots.debitsRoot,
      found: epoch.debitsRoot,
    });
    say(`credits-total-on-${where}`, subject, {
      expected: totals.creditsTotal,
      found: epoch.creditsTotal,
    });
    say(`debits-total-on-${where}`, subject, {
      expected: totals.debitsTotal,
      found: epoch.debitsTotal,
    });
  }
  if (!posted) return;
  say('log-root-on-chain', subject, {
    expected: ledger.epoch.logRoot,
    found: posted.epoch.logRoot,
  });
  say('log-size-on-chain', subject, {
    expected: ledger.epoch.logSize,
    found: posted.epoch.logSize,
  });
}

/** Nobody was paid, or debited, more than the epoch that counts allows; and events tell all of it. */
function comparePayments({ ledger, chain, creditsPerTokenUnit }: Reconciled, say: Say): void {
  const { credits, debits } = toTokenBooks(ledger.books, creditsPerTokenUnit);
  const owed = sumsOf(credits, creditKey);
  for (const [account, { claimed, events }] of chain.claims) {
    say('claims-not-in-events', account, { expected: claimed, found: events });
    const most = owed.get(account) ?? 0n;
    if (claimed > most) say('overpaid', account, { expected: `at most ${most}`, found: claimed });
  }
  const due = sumsOf(debits, ({ order }) => order);
  for (const [order, { taken, events }] of chain.collections) {
    say('collections-not-in-events', order, { expected: taken, found: events });
    const most = due.get(order) ?? 0n;
    if (taken > most) say('overcollected', order, { expected: `at most ${most}`, found: taken });
  }
}

/** The contract's sums, and that the money is there. */
function compareTotals({ chain }: Reconciled, say: Say): void {
  const { held, collected } = chain.totals;
  const sum = (parts: readonly bigint[]) => parts.reduce((total, part) => total + part, 0n);
  const paid = sum([...chain.claims.values()].map(({ claimed }) => claimed));
  const taken = sum([...chain.collections.values()].map((one) => one.taken));
  say('collected-total', 'contract', { expected: taken + chain.given, found: collected });
  if (paid > collected) {
    say('paid-past-collected', 'contract', { expected: `at most ${collected}`, found: paid });
  }
  const needed = held + chain.bondHeld + collected - paid;
  // Tokens that somebody sent to its address are nobody's, and no fault.
  if (chain.balance < needed) {
    say('insolvent', 'contract', { expected: `at least ${needed}`, found: chain.balance });
  }
}

function creditKey({ account }: Credit): Hex {
  return account;
}

function sumsOf<Item extends Credit | Debit>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const item of items) {
    const key = keyOf(item);
    sums.set(key, (sums.get(key) ?? 0n) + item.cumulative);
  }
  return sums;
}
