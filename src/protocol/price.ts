// What one result costs at a rate: the one rule that the ledger pays by and anyone can check. The rate
// is locked when the unit is leased (ledger/rate-controller.ts moves it).
import { assert } from './errors.ts';

/** A rate is credits for so many multiply-adds. */
const multiplyAddsPerRate = 1_000_000_000n;

/** No result costs more credits than it has multiply-adds: so every price is a safe integer. */
export const rateMax = 1_000_000_000;

/** The one that a coordinator begins with, and that all was paid at before receipts named theirs. */
export const firstRate = 1_000;

/** A rate holds for so long, by the coordinator's clock: epochs are counted from 1970. */
export const rateEpochMs = 60 * 60_000;

/** Integers above 0 up to rateMax. */
export function isRate(rate: number): boolean {
  return Number.isSafeInteger(rate) && rate > 0 && rate <= rateMax;
}

/**
 * @param cost multiply-adds
 * @param rate credits for 10^9 multiply-adds
 * @returns credits, rounded up
 */
export function priceOf(cost: number, rate: number): number {
  assert(Number.isSafeInteger(cost) && cost > 0, 'a cost is a positive integer');
  assert(isRate(rate), 'a rate is an integer from 1 to rateMax');
  return Number((BigInt(cost) * BigInt(rate) + multiplyAddsPerRate - 1n) / multiplyAddsPerRate);
}
