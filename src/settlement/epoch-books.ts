// What an epoch says of the books, in the token's base units: what each account was credited and
// what each spending order was debited since the beginning. Made from the ledger's credit, whose unit
// is finer: credits are divided down and debits up, so that what is paid is never more than is taken.
import { IdlewildError } from '#protocol/errors.ts';

/** A 0x string: an address in lower case, or 32 bytes. */
export type Hex = `0x${string}`;

export interface Credit {
  account: Hex;
  cumulative: bigint;
}

export interface Debit {
  requester: Hex;
  /** EIP-712 struct hash of the spending order. */
  order: Hex;
  cumulative: bigint;
}

/** In order of address (and order), each once, none of them zero. */
export interface EpochBooks {
  credits: readonly Credit[];
  debits: readonly Debit[];
}

export interface EpochTotals {
  creditsTotal: bigint;
  debitsTotal: bigint;
}

/** Accounts of one epoch: 1 GB of memory while its trees are made. */
const epochAccountsMax = 1_000_000;

const addressPattern = /^0x[0-9a-f]{40}$/;
const hashPattern = /^0x[0-9a-f]{64}$/;
const amountEnd = 1n << 256n;

/**
 * The rest of each division is carried: it is in the ledger's cumulative credit.
 * @param fine in the ledger's credit, in any order
 * @param creditsPerTokenUnit the same for ever
 * @throws settlement/books-malformed
 */
export function toTokenBooks(fine: EpochBooks, creditsPerTokenUnit: bigint): EpochBooks {
  if (creditsPerTokenUnit <= 0n) throw malformed('creditsPerTokenUnit is not positive.');
  const up = creditsPerTokenUnit - 1n;
  const credits = fine.credits
    .map((one) => ({ ...one, cumulative: one.cumulative / creditsPerTokenUnit }))
    .filter(({ cumulative }) => cumulative !== 0n)
    .sort((a, b) => compareText(a.account, b.account));
  const debits = fine.debits
    .map((one) => ({ ...one, cumulative: (one.cumulative + up) / creditsPerTokenUnit }))
    .filter(({ cumulative }) => cumulative !== 0n)
    .sort((a, b) => compareText(debitKey(a), debitKey(b)));
  const books = { credits, debits };
  checkBooks(books);
  return books;
}

export function sumBooks({ credits, debits }: EpochBooks): EpochTotals {
  return { creditsTotal: sumCumulative(credits), debitsTotal: sumCumulative(debits) };
}

/** @throws settlement/books-malformed */
export function checkBooks(books: EpochBooks): void {
  const { credits, debits } = books;
  for (const [what, list] of [
    ['credits', credits],
    ['debits', debits],
  ] as const) {
    if (list.length > epochAccountsMax) {
      throw malformed(`${list.length} ${what} are above epochAccountsMax (${epochAccountsMax}).`);
    }
  }
  checkOrder(credits, ({ account }) => account);
  checkOrder(debits, debitKey);
  for (const { account, cumulative } of credits) {
    if (!addressPattern.test(account)) throw malformed(`${account} is no address in lower case.`);
    checkAmount(cumulative);
  }
  for (const { requester, order, cumulative } of debits) {
    if (!addressPattern.test(requester)) {
      throw malformed(`${requester} is no address in lower case.`);
    }
    if (!hashPattern.test(order)) throw malformed(`${order} is no hash of an order.`);
    checkAmount(cumulative);
  }
  const { creditsTotal, debitsTotal } = sumBooks(books);
  if (creditsTotal > debitsTotal) {
    throw malformed(`Credits of ${creditsTotal} are more than the debits, ${debitsTotal}.`);
  }
}

/**
 * Cumulative amounts never fall, leaf by leaf: a contributor who was paid could otherwise not be told
 * from one who was robbed.
 * @throws settlement/books-fell
 */
export function checkGrowth(before: EpochBooks, after: EpochBooks): void {
  checkGrown(before.credits, after.credits, ({ account }) => account);
  checkGrown(before.debits, after.debits, debitKey);
}

function checkGrown<Item extends { cumulative: bigint }>(
  before: readonly Item[],
  after: readonly Item[],
  keyOf: (item: Item) => string,
): void {
  const now = new Map(after.map((item) => [keyOf(item), item.cumulative]));
  const fallen = before.find((item) => (now.get(keyOf(item)) ?? 0n) < item.cumulative);
  if (fallen === undefined) return;
  const key = keyOf(fallen);
  throw new IdlewildError('settlement/books-fell', `${key} had ${fallen.cumulative} before.`, {
    metaMessages: [
      `Now it would have ${now.get(key) ?? 0n}. Nothing was posted.`,
      'Repair the ledger by compensation, or restore it from a backup, and close again.',
    ],
  });
}

export function debitKey({ requester, order }: Debit): string {
  return `${requester}/${order}`;
}

function checkOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): void {
  for (let i = 1; i < items.length; i++) {
    if (compareText(keyOf(items[i - 1]), keyOf(items[i])) < 0) continue;
    throw malformed(`${keyOf(items[i])} is named twice, or out of order.`);
  }
}

function checkAmount(cumulative: bigint): void {
  if (cumulative <= 0n || cumulative >= amountEnd) {
    throw malformed(`${cumulative} is not an amount of the contract (1 to 2^256 - 1).`);
  }
}

function sumCumulative(items: readonly { cumulative: bigint }[]): bigint {
  return items.reduce((sum, { cumulative }) => sum + cumulative, 0n);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function malformed(what: string): IdlewildError {
  return new IdlewildError('settlement/books-malformed', `The epoch's books are wrong. ${what}`);
}
