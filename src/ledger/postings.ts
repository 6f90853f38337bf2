// Double-entry postings in integers: what a commit's receipts move, and the rule that every
// transfer sums to zero. Postings are only ever added.
import { assert } from '#protocol/errors.ts';

export interface Posting {
  account: string;
  /** Credit; what comes in is positive. */
  amount: bigint;
}

export function spentAccount(project: string): string {
  return `project:${project}:spent`;
}

/** What the coordinator pays where a liar was paid before. */
export const recalledAccount = 'coordinator:recalled';

/** @param contributor account address; its case says nothing */
export function earnedAccount(contributor: string): string {
  return `contributor:${contributor.toLowerCase()}:earned`;
}

/** What one receipt moves. */
export interface Movement {
  payer: string;
  /** The contributor's account. */
  account: string;
  /** 0 moves nothing. */
  credit: number;
}

/**
 * The one transfer of several receipts: their credits summed by ledger account, in order of name.
 * None where nothing moves.
 */
export function sumPostings(movements: readonly Movement[]): Posting[] {
  const sums = new Map<string, bigint>();
  const add = (account: string, amount: bigint) =>
    sums.set(account, (sums.get(account) ?? 0n) + amount);
  for (const { payer, account, credit } of movements) {
    assert(Number.isSafeInteger(credit) && credit >= 0, 'a credit is an integer, never negative');
    add(payer, -BigInt(credit));
    add(earnedAccount(account), BigInt(credit));
  }
  const postings = [...sums]
    .filter(([, amount]) => amount !== 0n)
    .map(([account, amount]) => ({ account, amount }))
    .sort((a, b) => (a.account < b.account ? -1 : 1));
  if (postings.length > 0) assertBalanced(postings);
  return postings;
}

/** @throws internal/assertion unless the postings are two or more, non-zero, and sum to zero */
export function assertBalanced(postings: readonly Posting[]): void {
  assert(postings.length >= 2, 'a transfer has two sides');
  assert(
    postings.every(({ amount }) => amount !== 0n),
    'no posting is empty',
  );
  const sum = postings.reduce((total, { amount }) => total + amount, 0n);
  assert(sum === 0n, `a transfer sums to zero, not ${sum}`);
}
