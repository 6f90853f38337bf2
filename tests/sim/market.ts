// The price's market, an epoch at a time: requesters and contributors who answer to the rate, late and
// in amounts that nobody knows, and the real controller between them. Floats are the world's here; what
// the controller sees is what a coordinator would: integers.
import {
  nextRate,
  type RateRules,
  type RateState,
  rateOf,
  startRate,
} from '#ledger/rate-controller.ts';
import type { Draw } from '#validator/policy.ts';

export interface Market {
  epochs: number;
  /** By what per cent demand falls, and supply grows, when the rate grows by one. */
  demandElasticity: number;
  supplyElasticity: number;
  /** Epochs until contributors, and requesters, have heard of a rate. */
  supplyDelay: number;
  demandDelay: number;
  /** Epochs over which those who heard of it come and go: 1 is at once. */
  joinEpochs: number;
  /** Epochs until work is verified. */
  verdictDelay: number;
  /** Work that found nobody waits so many epochs, on average. */
  patience: number;
  /** Demand and capacity of an epoch vary at random by up to this share. */
  noise: number;
  /** Times the demand that rests at the first rate. */
  demandAt(epoch: number): number;
  /** Times the capacity that is there at the first rate. */
  supplyAt(epoch: number): number;
  /** Shares of that capacity that were never there, or were there and hid when they had no work. */
  fakeAt(epoch: number): number;
  hiddenAt(epoch: number): number;
}

export const calmMarket: Market = {
  epochs: 1_500,
  demandElasticity: 1,
  supplyElasticity: 1,
  supplyDelay: 0,
  demandDelay: 0,
  joinEpochs: 1,
  verdictDelay: 0,
  patience: 0,
  noise: 0,
  demandAt: () => 1,
  supplyAt: () => 1,
  fakeAt: () => 0,
  hiddenAt: () => 0,
};

/** Credits for 10^9 multiply-adds, at which the market rests while nothing happens. */
export const firstRate = 1_000;
/** Multiply-adds of an epoch: 200 tabs of 2 * 10^9 a second, for an hour. */
const capacityAtFirst = 1.44e15;

export interface MarketEpoch {
  rate: number;
  /** Where it would rest if this epoch went on for ever. */
  restingRate: number;
  /** Of the capacity that was there. */
  utilisation: number;
}

export function runMarket(market: Market, rules: RateRules, draw: Draw): MarketEpoch[] {
  const { epochs, patience, joinEpochs, noise } = market;
  const target = rules.targetPermille / 1000;
  const rates: number[] = [];
  const verified: number[] = [];
  const seen: MarketEpoch[] = [];
  let state: RateState = startRate(firstRate, rules);
  let online = 1;
  let backlog = 0;
  const heard = (delay: number) =>
    (rates[Math.max(0, rates.length - 1 - delay)] ?? firstRate) / firstRate;
  const vary = (what: string, epoch: number) =>
    noise === 0 ? 1 : 1 + noise * (2 * draw(what, epoch) - 1);
  for (let epoch = 0; epoch < epochs; epoch++) {
    rates.push(rateOf(state));
    const willing = heard(market.supplyDelay) ** market.supplyElasticity;
    online += (willing - online) / joinEpochs;
    const there = online * market.supplyAt(epoch) * vary('supply', epoch);
    const asked = heard(market.demandDelay) ** -market.demandElasticity * vary('demand', epoch);
    const wanted = target * market.demandAt(epoch) * asked + backlog;
    const done = Math.min(wanted, there);
    backlog = patience === 0 ? 0 : (wanted - done) * (1 - 1 / patience);
    verified.push(done);
    const hidden = Math.min(market.hiddenAt(epoch) * there, there - done);
    state = nextRate(
      state,
      {
        epoch,
        verified: toInteger(verified[epoch - market.verdictDelay] ?? target),
        capacity: toInteger(there + market.fakeAt(epoch) * there - hidden),
        waiting: wanted > 0 && there === 0,
      },
      rules,
    );
    seen.push({
      rate: rateOf(state),
      restingRate: restingRate(market, rules, epoch),
      utilisation: there > 0 ? done / there : 0,
    });
  }
  return seen;
}

const toInteger = (share: number) => BigInt(Math.round(share * capacityAtFirst));

/** Where target x supply meets demand. */
function restingRate(market: Market, rules: RateRules, epoch: number): number {
  const { demandElasticity, supplyElasticity, demandAt, supplyAt } = market;
  const seen = 1 + market.fakeAt(epoch) - market.hiddenAt(epoch);
  const ratio = demandAt(epoch) / (supplyAt(epoch) * seen);
  const rate = firstRate * ratio ** (1 / (demandElasticity + supplyElasticity));
  return Math.min(Math.max(rate, rules.rateFloor), rules.rateCap);
}

export interface MarketMeasure {
  /** Epochs from `from` on until the rate stays within a twentieth of where it rests; null: never. */
  settleEpochs: number | null;
  /** How far beyond it went once it had reached it, as a factor; 1 is not at all. */
  overshoot: number | null;
  /** Highest over lowest rate in the last quarter. */
  swing: number;
  /** Mean rate of the last quarter, and where it rests. */
  meanRate: number;
  restingRate: number;
}

/** @param from the epoch of the shock */
export function measureMarket(seen: readonly MarketEpoch[], from: number): MarketMeasure {
  const off = seen.map(({ rate, restingRate }) => rate / restingRate);
  const lastOff = off.findLastIndex((one) => Math.abs(Math.log(one)) > Math.log(1.05));
  return {
    ...measureDriven(seen),
    settleEpochs: lastOff === seen.length - 1 ? null : Math.max(0, lastOff + 1 - from),
    overshoot: findOvershoot(off.slice(from)),
  };
}

/** Of a market that never rests: there is nothing to settle at. */
export function measureDriven(seen: readonly MarketEpoch[]): MarketMeasure {
  const tail = seen.slice(-Math.floor(seen.length / 4)).map(({ rate }) => rate);
  return {
    settleEpochs: null,
    overshoot: null,
    swing: Math.max(...tail) / Math.min(...tail),
    meanRate: tail.reduce((sum, rate) => sum + rate, 0) / tail.length,
    restingRate: seen[seen.length - 1].restingRate,
  };
}

/** The farthest on the other side of 1 than the first epoch's. */
function findOvershoot(off: readonly number[]): number {
  const above = off[0] >= 1;
  const farthest = above ? 1 / Math.min(...off) : Math.max(...off);
  return Math.max(1, farthest);
}

/**
 * The largest sum of elasticities for which r(t+1) = r(t) - gain x elasticity x r(t - delay) comes to
 * rest: the roots of z^(d+1) - z^d + a leave the unit circle at a = 2 sin(pi / (2 (2 d + 1))).
 */
export function stableElasticity(delay: number, { gainDivisor }: RateRules): number {
  return gainDivisor * 2 * Math.sin(Math.PI / (2 * (2 * delay + 1)));
}

/** However elastic: it turns back within delay + 1 steps of crossing where it would rest. */
export function farthestSwing(delay: number, { stepDivisor }: RateRules): number {
  return (1 + 1 / stepDivisor) ** (2 * (delay + 1));
}
