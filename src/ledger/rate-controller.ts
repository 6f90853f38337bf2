// The rate that a unit's multiply-adds are priced at, moved once an epoch towards the rate at which
// contributors are as busy as is wanted: EIP-1559's shape, in integers, pure. docs/price.md has the
// reasons, the bound of its stability, and what it costs to push it.
//
// | the epoch had                 | the rate                                                       |
// |-------------------------------|----------------------------------------------------------------|
// | been counted before           | stays: an epoch counts once, however often it is told          |
// | capacity, busier than wanted  | rises by gain x error x weight, at most by 1/stepDivisor       |
// | capacity, less busy           | falls by the inverse: a rise and its mirror leave no trace     |
// | no capacity, and work waited  | rises by 1/aloneDivisor of the largest rise                    |
// | no capacity, and none waited  | stays                                                          |
import { assert } from '#protocol/errors.ts';
import { isRate } from '#protocol/price.ts';

/** What governance may set. */
export interface RateRules {
  /** Thousandths of the capacity that are busy when the rate rests. */
  targetPermille: number;
  /** A rate moves by its relative error over this. */
  gainDivisor: number;
  /** And by no more of itself than one over this. */
  stepDivisor: number;
  /** With nobody there while work waits, by the largest step over this. */
  aloneDivisor: number;
  /** Epochs over which the usual capacity is averaged. */
  usualEpochs: number;
  /** A market is thin below the usual capacity over this: the thinner, the less it moves the rate. */
  thinDivisor: number;
  /** Credits for 10^9 multiply-adds. */
  rateFloor: number;
  rateCap: number;
}

export const rateRules: RateRules = {
  targetPermille: 500,
  gainDivisor: 16,
  stepDivisor: 20,
  aloneDivisor: 4,
  usualEpochs: 64,
  thinDivisor: 4,
  rateFloor: 100,
  rateCap: 100_000,
};

/** Of a coordinator; everything but the epoch is an integer without bound. */
export interface RateState {
  /** The last that was counted; -1 before the first. */
  epoch: number;
  /** The rate in parts of 2^-20, so that the smallest rate still moves. */
  level: bigint;
  /** Multiply-adds verified beyond the capacity of their epoch: verdicts come in bursts. */
  carry: bigint;
  /** Capacity of an epoch, averaged. */
  usual: bigint;
}

/** One epoch, by the coordinator's own clock and verdicts. */
export interface MarketObservation {
  epoch: number;
  /** Multiply-adds of results that requesters paid for. */
  verified: bigint;
  /** Multiply-adds that those who were there would have done (online-capacity.ts). */
  capacity: bigint;
  /** A paid unit that anyone may take, at this rate, waited all the while and was never leased. */
  waiting: boolean;
}

const levelBits = 20n;

export function startRate(rate: number, rules: RateRules = rateRules): RateState {
  checkRules(rules);
  assert(isRate(rate), 'a rate is an integer from 1 to rateMax');
  return { epoch: -1, level: bound(BigInt(rate) << levelBits, rules), carry: 0n, usual: 0n };
}

/** Credits for 10^9 multiply-adds: the nearest integer. */
export function rateOf({ level }: Pick<RateState, 'level'>): number {
  return Number((level + (1n << (levelBits - 1n))) >> levelBits);
}

export function nextRate(
  state: RateState,
  observation: MarketObservation,
  rules: RateRules = rateRules,
): RateState {
  checkRules(rules);
  const { epoch, verified, capacity } = observation;
  assert(verified >= 0n && capacity >= 0n, 'multiply-adds are never negative');
  assert(Number.isSafeInteger(epoch) && epoch >= 0, 'epochs are counted from 0');
  if (epoch <= state.epoch) return state;
  const done = verified + state.carry;
  const used = smaller(done, capacity);
  const change = measureChange(state, { ...observation, verified: used }, rules);
  return {
    epoch,
    level: bound(applyChange(state.level, change, rules), rules),
    // What one epoch can hold no more of is forgotten: it says nothing of the next.
    carry: smaller(done - used, capacity),
    usual: approach(state.usual, capacity, BigInt(rules.usualEpochs)),
  };
}

/** By what share of itself a rate moves: over / under, as integers. */
interface Change {
  rises: boolean;
  over: bigint;
  under: bigint;
}

function measureChange(
  { usual }: RateState,
  { verified, capacity, waiting }: MarketObservation,
  rules: RateRules,
): Change {
  const { targetPermille, gainDivisor, stepDivisor, aloneDivisor, thinDivisor } = rules;
  if (capacity === 0n) {
    const under = BigInt(stepDivisor) * BigInt(aloneDivisor);
    return { rises: true, over: waiting ? 1n : 0n, under };
  }
  const wanted = BigInt(targetPermille) * capacity;
  const error = 1000n * verified - wanted;
  // One tab alone at night must not move the rate for all. Only below a quarter of the usual: were every
  // market thinner than usual slower, a low rate, which thins it, would rise more slowly than it fell.
  const thick = BigInt(thinDivisor) * capacity;
  const weight = usual > thick ? { over: thick, under: usual } : { over: 1n, under: 1n };
  return {
    rises: error > 0n,
    over: (error < 0n ? -error : error) * weight.over,
    under: wanted * BigInt(gainDivisor) * weight.under,
  };
}

/**
 * Rounded towards where it was, so that it never moves by more than it may, but by one part at least,
 * so that it never sticks. A rise and then a fall by the same share give the same level again.
 */
function applyChange(level: bigint, change: Change, { stepDivisor }: RateRules): bigint {
  const largest = BigInt(stepDivisor);
  const clamped = change.over * largest > change.under;
  const { over, under } = clamped ? { over: 1n, under: largest } : change;
  if (over === 0n) return level;
  if (change.rises) return larger((level * (under + over)) / under, level + 1n);
  return smaller(divideUp(level * under, under + over), level - 1n);
}

function bound(level: bigint, { rateFloor, rateCap }: RateRules): bigint {
  return larger(BigInt(rateFloor) << levelBits, smaller(level, BigInt(rateCap) << levelBits));
}

/** One over `epochs` of the way, rounded away from where it was: it arrives. */
function approach(from: bigint, to: bigint, epochs: bigint): bigint {
  return to > from ? from + divideUp(to - from, epochs) : from - divideUp(from - to, epochs);
}

function checkRules(rules: RateRules): void {
  const { targetPermille, rateFloor, rateCap, gainDivisor, stepDivisor } = rules;
  assert(isRate(rateFloor) && isRate(rateCap) && rateFloor <= rateCap, 'a floor below a cap');
  assert(targetPermille > 0 && targetPermille < 1000, 'a target is a share of the capacity');
  assert(gainDivisor > 0 && stepDivisor > 1, 'a gain and a step are shares');
  assert(rules.aloneDivisor > 0 && rules.thinDivisor > 0, 'divisors are positive');
  assert(rules.usualEpochs > 0, 'an average is over epochs');
}

const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
const larger = (a: bigint, b: bigint) => (a > b ? a : b);
const divideUp = (a: bigint, b: bigint) => (a + b - 1n) / b;
