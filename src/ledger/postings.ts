// Double-entry postings in integers: what an accepted result moves, and the rule that every
// transfer sums to zero. Postings are only ever added.
import { assert } from '#protocol/errors.ts';

export interface Posting {
  account: string;
  /** Credit; what comes in is positive. */
  amount: bigint;
}

/** Multiply-adds that earn one credit. */
const multiplyAddsPerCredit = 1_000_000;

/** Credit for one accepted result: its cost in multiply-adds, in millions, rounded up. */
export function creditForCost(cost: number): number {
  assert(Number.isSafeInteger(cost) && cost > 0, 'a cost is a positive integer');
  return Math.ceil(cost / multiplyAddsPerCredit);
}

function spentAccount(project: string): string {
  return `project:${project}:spent`;
}

function earnedAccount(contributor: string): string {
  return `contributor:${contributor}:earned`;
}

/** The transfer that an accepted result makes, from the project to the contributor. */
export function creditPostings(project: string, contributor: string, credit: number): Posting[] {
  const amount = BigInt(credit);
  const postings = [
    { account: spentAccount(project), amount: -amount },
    { account: earnedAccount(contributor), amount },
  ];
  assertBalanced(postings);
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
