// Who pays for a result: its batch as long as it has room, the coordinator beyond that; and an audit's
// price in shares that sum to it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coveredAccount } from '#ledger/payers.ts';
import { recalledAccount, spentAccount } from '#ledger/postings.ts';
import { priceOf } from '#protocol/price.ts';
import { charge, payerOf } from '#store/charge.ts';
import type { Purse } from '#store/settlement.ts';

const order = `order:0x${'a'.repeat(64)}:spent`;
const rate = 1_500;
const makePurse = (reserved: number | null, payer: string | null = order): Purse => ({
  ...{ payer, reserved },
  spent: 0,
});

const ofBatch = (purse: Purse, recalled = false) => ({
  ...{ project_id: 'p', batch_id: 'b', payer: null, recalled, purse },
});

const ofAudit = (payer: string | null, shares: [Purse | null, number][]) => ({
  ...{ project_id: 'p', batch_id: null, payer, recalled: false },
  shares: shares.map(([purse, cost], place) => ({ batch: `b${place}`, purse, cost })),
});

test('a batch pays for all that it has room for, and the coordinator for the rest', () => {
  const purse = makePurse(25);
  const paid = [10, 10, 10, 5, 1].map((price) => charge(ofBatch(purse), { price, rate }));
  expect(paid.map(({ payer }) => payer)).toEqual([
    order,
    order,
    coveredAccount,
    order,
    coveredAccount,
  ]);
  expect(purse.spent).toBe(25);
  const borne = paid.flatMap(({ bearers }) => bearers.map(({ credit }) => credit));
  expect(borne).toEqual([10, 10, 5]);
});

test('a project pays without bound, and what is recalled is the coordinator’s', () => {
  const purse = makePurse(null, null);
  const price = 10 ** 12;
  const bearers = [{ batch: 'b', credit: price }];
  expect(charge(ofBatch(purse), { price, rate })).toEqual({ payer: spentAccount('p'), bearers });
  const recalled = ofBatch(purse, true);
  expect(charge(recalled, { price, rate })).toEqual({ payer: recalledAccount, bearers: [] });
  expect(payerOf(recalled)).toBe(recalledAccount);
  expect(payerOf(ofBatch(makePurse(0)))).toBe(order);
});

test('the batches of an audit bear its price together, each with its own rows', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 10 ** 12 }), { minLength: 1, maxLength: 32 });
  fc.assert(
    fc.property(costs, fc.integer({ min: 1, max: 10 ** 6 }), (rows, at) => {
      const [one, two] = [makePurse(10 ** 15), makePurse(null)];
      const price = priceOf(
        rows.reduce((sum, cost) => sum + cost, 0),
        at,
      );
      const audit = ofAudit(
        order,
        rows.map((cost, place) => [place % 2 ? one : two, cost]),
      );
      const { payer, bearers } = charge(audit, { price, rate: at });
      expect(payer).toBe(order);
      expect(bearers.reduce((sum, { credit }) => sum + credit, 0)).toBe(price);
      expect(one.spent + two.spent).toBe(price);
    }),
  );
});

test('an audit is the coordinator’s where one batch has no room, or a row cannot be told', () => {
  const [rich, poor] = [makePurse(100), makePurse(2)];
  const price = priceOf(6_000_000, rate);
  const shares: [Purse, number][] = [
    [rich, 2_000_000],
    [poor, 2_000_000],
    [rich, 2_000_000],
  ];
  const covered = { payer: coveredAccount, bearers: [] };
  expect(charge(ofAudit(order, shares), { price, rate })).toEqual(covered);
  poor.reserved = 100;
  expect(charge(ofAudit(order, shares.slice(1)), { price, rate })).toEqual(covered);
  expect([rich.spent, poor.spent]).toEqual([0, 0]);
  expect(charge(ofAudit(order, shares), { price, rate }).payer).toBe(order);
  expect([rich.spent, poor.spent]).toEqual([6, 3]);
  // A project's word is good for it all the same.
  const known: [null, number][] = [[null, 2_000_000]];
  expect(charge(ofAudit(null, known), { price, rate })).toEqual({
    payer: spentAccount('p'),
    bearers: [{ batch: 'b0', credit: 3 }],
  });
});
