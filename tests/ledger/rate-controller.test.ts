// The rate from one epoch to the next: what it may never do, whatever the market was.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type MarketObservation,
  nextRate,
  type RateRules,
  type RateState,
  rateOf,
  rateRules,
  startRate,
} from '#ledger/rate-controller.ts';

const part = 2 ** 20;

const multiplyAdds = fc.oneof(fc.bigInt(0n, 10n ** 18n), fc.bigInt(0n, 9n), fc.constant(0n));
const someRules: fc.Arbitrary<RateRules> = fc
  .record({
    targetPermille: fc.integer({ min: 1, max: 999 }),
    rateFloor: fc.integer({ min: 1, max: 1_000 }),
    above: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ targetPermille, rateFloor, above }) => ({
    ...rateRules,
    targetPermille,
    rateFloor,
    rateCap: rateFloor + above,
  }));
const someEpoch = fc.record({
  verified: multiplyAdds,
  capacity: multiplyAdds,
  waiting: fc.boolean(),
});

function run(
  state: RateState,
  epochs: readonly Omit<MarketObservation, 'epoch'>[],
  rules = rateRules,
): RateState {
  return epochs.reduce(
    (before, epoch) => nextRate(before, { ...epoch, epoch: before.epoch + 1 }, rules),
    state,
  );
}

const busy = (permille: bigint, capacity = 1_000_000n) => ({
  verified: (capacity * permille) / 1000n,
  capacity,
  waiting: false,
});

describe('whatever the market was', () => {
  test('the rate stays between floor and cap, and moves by a twentieth of itself at most', () => {
    fc.assert(
      fc.property(someRules, fc.array(someEpoch, { maxLength: 40 }), (rules, epochs) => {
        let state = startRate(rules.rateFloor, rules);
        for (const epoch of epochs) {
          const next = run(state, [epoch], rules);
          expect(rateOf(next)).toBeGreaterThanOrEqual(rules.rateFloor);
          expect(rateOf(next)).toBeLessThanOrEqual(rules.rateCap);
          const moved =
            next.level > state.level ? next.level - state.level : state.level - next.level;
          expect(moved * 20n <= state.level).toBe(true);
          state = next;
        }
      }),
    );
  });

  test('a busier epoch never ends in a lower rate, nor does a higher rate before it', () => {
    const levels = fc.bigInt(1n, 10_000_000n * BigInt(part));
    fc.assert(
      fc.property(
        someRules,
        someEpoch,
        levels,
        levels,
        multiplyAdds,
        (rules, epoch, a, b, more) => {
          const start = { ...startRate(rules.rateFloor, rules), usual: 1_000_000n };
          const at = (level: bigint) => ({ ...start, level });
          const [lower, upper] = a < b ? [a, b] : [b, a];
          const low = run(at(lower), [epoch], rules).level;
          const high = run(at(upper), [epoch], rules).level;
          expect(high >= low).toBe(true);
          const busier = { ...epoch, verified: epoch.verified + more };
          expect(run(at(a), [busier], rules).level >= run(at(a), [epoch], rules).level).toBe(true);
        },
      ),
    );
  });

  test('it rises above the target, falls below it, and rests on it', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2_000n),
        fc.integer({ min: 101, max: 99_999 }),
        (permille, rate) => {
          const state = startRate(rate);
          const { level } = run(state, [busy(permille)]);
          const [is, wanted] = [level - state.level, permille - 500n];
          expect(Math.sign(Number(is))).toBe(Math.sign(Number(wanted)));
        },
      ),
    );
  });
});

describe('rounding', () => {
  const low: RateRules = { ...rateRules, rateFloor: 1, rateCap: 1_000_000 };

  test('the smallest rates move, and by the smallest error too', () => {
    expect(rateOf(run(startRate(10, low), [busy(1000n)], low))).toBe(11);
    expect(rateOf(run(startRate(10, low), Array(2).fill(busy(0n)), low))).toBe(9);
    expect(rateOf(run(startRate(1, low), Array(9).fill(busy(1000n)), low))).toBe(2);
    const almost = { verified: 500_000_000_001n, capacity: 10n ** 12n, waiting: false };
    const state = startRate(1, low);
    expect(run(state, [almost], low).level).toBe(state.level + 1n);
  });

  test('an epoch above the target and its mirror below leave no trace, however often they come', () => {
    const shares = fc.bigInt(0n, 500n);
    const rates = fc.integer({ min: 20, max: 900_000 });
    fc.assert(
      fc.property(shares, rates, fc.boolean(), (share, rate, riseFirst) => {
        const pair = [busy(500n + share), busy(500n - share)];
        if (!riseFirst) pair.reverse();
        const state = startRate(rate, low);
        const once = run(state, pair, low);
        const often = run(state, Array(50).fill(pair).flat(), low);
        expect(often.level).toBe(once.level);
        const trace = once.level - state.level;
        expect(trace >= -1n && trace <= 1n).toBe(true);
      }),
    );
  });
});

describe('epochs', () => {
  test('each counts once, and a pause of any length is one step', () => {
    const state = run(startRate(1_000), [busy(500n), busy(1000n)]);
    expect(nextRate(state, { ...busy(0n), epoch: state.epoch })).toBe(state);
    expect(nextRate(state, { ...busy(0n), epoch: state.epoch - 1 })).toBe(state);
    const [soon, late] = [1, 1e12].map((gap) =>
      nextRate(state, { ...busy(800n), epoch: state.epoch + gap }),
    );
    expect(late.level).toBe(soon.level);
  });

  test('with nobody there the rate stays, or rises slowly while work waits', () => {
    const nobody = { verified: 0n, capacity: 0n, waiting: false };
    const start = startRate(1_000);
    expect(rateOf(run(start, Array(1_000).fill(nobody)))).toBe(1_000);
    const starved = { ...nobody, waiting: true };
    expect(rateOf(run(start, Array(8).fill(starved)))).toBe(1_104);
    expect(rateOf(run(start, Array(1_000).fill(starved)))).toBe(rateRules.rateCap);
  });

  test('verdicts that come in bursts say what they say spread out', () => {
    const bursts = Array(20)
      .fill([busy(1500n), busy(0n)])
      .flat();
    const even = Array(40).fill(busy(750n));
    const [burst, spread] = [bursts, even].map((epochs) => rateOf(run(startRate(1_000), epochs)));
    // Of 3/4 busy epochs 20 are full and 20 half full: the largest rise in every other one.
    expect(burst).toBe(Math.round(1_000 * 1.05 ** 20));
    expect(spread).toBeGreaterThan(burst);
  });

  test('a burst is not carried beyond what one epoch can hold', () => {
    const state = run(startRate(1_000), [busy(1_000_000n), busy(0n), busy(0n)]);
    expect(state.carry).toBe(0n);
    expect(rateOf(state)).toBe(1_050);
  });

  test('one tab in a market that is usually large moves it in proportion to itself', () => {
    const usual = run(startRate(10_000), Array(300).fill(busy(500n, 10n ** 15n)));
    const alone = busy(1000n, 10n ** 12n);
    // 8 hours of a thousandth: below 4 / 1000 of 8 steps, while the usual capacity is forgotten.
    expect(rateOf(run(usual, Array(8).fill(alone)))).toBeLessThanOrEqual(10_000 * 1.0025);
    // In a week it is the market.
    expect(rateOf(run(usual, Array(24 * 21).fill(alone)))).toBeGreaterThan(11_000);
    expect(rateOf(run(usual, Array(8).fill(busy(1000n, 3n * 10n ** 14n))))).toBe(14_775);
  });
});

test('rules that are no rules are refused', () => {
  const refused = (change: Partial<RateRules>) => () =>
    startRate(1_000, { ...rateRules, ...change });
  expect(refused({ rateFloor: 0 })).toThrow('a floor below a cap');
  expect(refused({ rateFloor: 2_000, rateCap: 1_000 })).toThrow('a floor below a cap');
  expect(refused({ targetPermille: 1000 })).toThrow('a share of the capacity');
  expect(refused({ stepDivisor: 1 })).toThrow('are shares');
  expect(refused({ aloneDivisor: 0 })).toThrow('positive');
  expect(refused({ usualEpochs: 0 })).toThrow('over epochs');
  expect(() => startRate(0.5)).toThrow('from 1 to rateMax');
});
