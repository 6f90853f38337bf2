// What a unit is worth: the one rule that the ledger pays by and anyone can check.
import { assert } from './errors.ts';

/** Multiply-adds that earn one credit. */
const multiplyAddsPerCredit = 1_000_000;

/** Credit for one accepted result: its cost in multiply-adds, in millions, rounded up. */
export function creditForCost(cost: number): number {
  assert(Number.isSafeInteger(cost) && cost > 0, 'a cost is a positive integer');
  return Math.ceil(cost / multiplyAddsPerCredit);
}
