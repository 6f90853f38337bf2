// What a batch sets aside in escrow before it runs, who pays for each result and audited row, and what
// it gets back. A unit pays for no more than its level's most (validator/most-paid.ts): whatever comes
// after that is the coordinator's, so that no course of verdicts spends more than the reserve.
import { assert } from '#protocol/errors.ts';
import { priceOf } from '#protocol/price.ts';

export interface PlannedCost {
  /** Multiply-adds of the unit, and of its dearest row. */
  cost: number;
  rowCostMax: number;
}

/** What a unit may still make its requester pay for. */
export interface UnitBudget {
  results: number;
  auditedRows: number;
}

/**
 * @param most of each unit, by its level
 * @param cap the highest rate that any of its leases is granted at, the tip included
 * @returns credits
 */
export function reserveOf(units: readonly PlannedCost[], most: UnitBudget, cap: number): bigint {
  let sum = 0n;
  for (const { cost, rowCostMax } of units) {
    assert(rowCostMax <= cost, 'a row is part of its unit');
    sum += BigInt(most.results) * BigInt(priceOf(cost, cap));
    sum += BigInt(most.auditedRows) * BigInt(priceOf(rowCostMax, cap));
  }
  return sum;
}

export interface Charge {
  payer: 'requester' | 'coordinator';
  /** Of the unit from here on. */
  budget: UnitBudget;
}

/**
 * Who pays for one more, asked when a result is accepted and when a row is put into an audit unit: a row
 * past its unit's budget is the coordinator's own to compute.
 */
export function chargeOne(budget: UnitBudget, what: keyof UnitBudget): Charge {
  if (budget[what] === 0) return { payer: 'coordinator', budget };
  return { payer: 'requester', budget: { ...budget, [what]: budget[what] - 1 } };
}

/**
 * An audit unit is paid once, for rows of several batches: what each of them bears, in order. They sum to
 * the price of the whole, and none is above the price of its row alone.
 * @param rowCosts multiply-adds of each row
 */
export function shareAudit(rowCosts: readonly number[], rate: number): number[] {
  let [cost, before] = [0, 0];
  return rowCosts.map((rowCost) => {
    cost += rowCost;
    const until = priceOf(cost, rate);
    const share = until - before;
    before = until;
    return share;
  });
}

/** @returns credits that go back to the requester once a batch is over */
export function refundOf(reserve: bigint, spent: bigint): bigint {
  assert(spent >= 0n && spent <= reserve, 'a batch spends no more than it reserved');
  return reserve - spent;
}
