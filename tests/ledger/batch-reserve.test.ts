// What a batch reserves is enough for whatever its verdicts come to, and what is left comes back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chargeOne, refundOf, reserveOf, shareAudit } from '#ledger/batch-reserve.ts';
import { priceOf, rateMax } from '#protocol/price.ts';
import { mostPaid } from '#validator/most-paid.ts';
import { levels, policy } from '#validator/policy.ts';
import { type CourseEvent, playCourse } from './verdict-course.ts';

const kinds = fc.constantFrom<'work' | 'bounded'>('work', 'bounded');
const level = fc.constantFrom(...levels);
const cost = fc.integer({ min: 1, max: 4e12 });
const rates = fc.integer({ min: 1, max: 100_000 });

// Those that move a unit on come more often.
const whats: CourseEvent['what'][] = [
  ...Array<CourseEvent['what']>(6).fill('lease'),
  ...Array<CourseEvent['what']>(6).fill('answer'),
  ...(['expire', 'late', 'late', 'compute', 'convict', 'release', 'leave', 'ask'] as const),
];
const events = (allowed: readonly CourseEvent['what'][]) =>
  fc.array(
    fc.record({
      what: fc.constantFrom(...allowed),
      pick: fc.nat(5),
      value: fc.constantFrom(0, 0, 0, 1, 2),
      trusted: fc.boolean(),
    }),
    { maxLength: 40 },
  );

describe('a reserve', () => {
  test('is never less than what any course of verdicts spends, and the rest comes back', () => {
    const unit = fc.record({
      cost,
      rates: fc.array(rates, { minLength: 1 }),
      events: events(whats),
    });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 4 }), kinds, level, (units, kind, verification) => {
        const most = mostPaid(kind, verification, policy);
        const cap = Math.max(1, ...units.flatMap((one) => one.rates));
        const planned = units.map((one) => ({
          cost: one.cost,
          rowCostMax: Math.ceil(one.cost / 3),
        }));
        const reserve = reserveOf(planned, most, cap);
        let spent = 0n;
        for (const [place, { rates: seen, events: course }] of units.entries()) {
          let budget = { ...most };
          let paid = 0;
          const pay = (what: keyof typeof budget) => {
            const charge = chargeOne(budget, what);
            budget = charge.budget;
            const { cost: whole, rowCostMax } = planned[place];
            const price = priceOf(
              what === 'results' ? whole : rowCostMax,
              seen[paid++ % seen.length],
            );
            if (charge.payer === 'requester') spent += BigInt(price);
          };
          playCourse({ kind, level: verification, pay }, course);
        }
        expect(spent <= reserve).toBe(true);
        expect(refundOf(reserve, spent)).toBe(reserve - spent);
      }),
      { numRuns: 300 },
    );
  });

  test('has room for every result that comes in time: the coordinator pays for late ones alone', () => {
    const inTime = whats.filter((what) => what !== 'expire');
    let fullest = 0;
    fc.assert(
      fc.property(events(inTime), kinds, level, (course, kind, verification) => {
        let results = 0;
        const pay = (what: string) => {
          if (what === 'results') results++;
        };
        playCourse({ kind, level: verification, pay }, course);
        const most = mostPaid(kind, verification, policy).results;
        expect(results).toBeLessThanOrEqual(most);
        if (results === most) fullest++;
      }),
      { numRuns: 1_000 },
    );
    expect(fullest).toBeGreaterThan(0);
  });

  test('has none for results of leases that ran out: there may be any number of them', () => {
    const event = (what: CourseEvent['what']) => ({ what, pick: 0, value: 0, trusted: true });
    const lost = [event('lease'), event('expire')];
    const course = [...Array(5).fill(lost).flat(), event('lease'), event('answer')];
    let results = 0;
    const pay = (what: string) => {
      if (what === 'results') results++;
    };
    const late = Array<CourseEvent>(5).fill(event('late'));
    playCourse({ kind: 'work', level: 'sampled', pay }, [...course, ...late, event('release')]);
    expect(results).toBe(6);
  });

  test('is of these numbers', () => {
    const of = (kind: 'work' | 'bounded') => levels.map((one) => mostPaid(kind, one, policy));
    expect(of('work')).toEqual([
      { results: 2, auditedRows: 9 },
      { results: 2, auditedRows: 9 },
      { results: 1, auditedRows: 0 },
    ]);
    expect(of('bounded').map(({ results }) => results)).toEqual([3, 3, 2]);
    const units = [{ cost: 3_000_000, rowCostMax: 1_000_000 }];
    expect(reserveOf(units, { results: 2, auditedRows: 9 }, 1_000)).toBe(15n);
    expect(reserveOf([], { results: 2, auditedRows: 9 }, 1_000)).toBe(0n);
  });

  test('may be far above 2^53: it is a bigint', () => {
    const unit = { cost: 2 ** 53 - 1, rowCostMax: 2 ** 53 - 1 };
    const sum = reserveOf([unit, unit], { results: 2, auditedRows: 1 }, rateMax);
    expect(sum).toBe(6n * (2n ** 53n - 1n));
  });

  test('that was overspent, or a row above its unit, is a mistake', () => {
    expect(() => refundOf(1n, 2n)).toThrow('no more than it reserved');
    expect(() =>
      reserveOf([{ cost: 1, rowCostMax: 2 }], { results: 1, auditedRows: 0 }, 1),
    ).toThrow('part of its unit');
  });
});

test('an audit of several batches is shared to the credit, and no row bears more than alone', () => {
  fc.assert(
    fc.property(fc.array(cost, { minLength: 1, maxLength: 32 }), rates, (rows, rate) => {
      const shares = shareAudit(rows, rate);
      const whole = rows.reduce((sum, row) => sum + row, 0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(priceOf(whole, rate));
      shares.forEach((share, place) => {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(priceOf(rows[place], rate));
      });
    }),
  );
});
