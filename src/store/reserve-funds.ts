// What a batch sets aside before its units are opened, and why it cannot.
import { type PlannedCost, reserveOf } from '#ledger/batch-reserve.ts';
import { mostPaid } from '#validator/most-paid.ts';
import type { Level, Policy } from '#validator/policy.ts';
import type { BatchError } from './batch-operations.ts';
import { findOrder, type OrderRow } from './order-operations.ts';
import { readFunds } from './read-funds.ts';
import type { Transaction } from './transaction.ts';

/** By what a reserve is counted. */
export interface FundRules {
  rules: Policy;
  /** Null where this coordinator settles nothing. */
  creditsPerTokenUnit: bigint | null;
}

export interface PayingBatch {
  project_id: string;
  verification: Level;
  order_hash: string;
  rate_cap: number;
  expires_at: number;
}

type Unit = PlannedCost & { kind: 'work' | 'bounded' };

/** Credits, or why there are none. */
export type Reserve =
  | { kind: 'reserved'; credits: bigint }
  | { kind: 'refused'; error: BatchError };

/** Alone among all that write: nobody else counts on the same credits. */
export async function reserveFunds(
  transaction: Transaction,
  batch: PayingBatch,
  { units, now, rules, creditsPerTokenUnit }: FundRules & { units: readonly Unit[]; now: number },
): Promise<Reserve> {
  const order = await findOrder(transaction, { project: batch.project_id, id: batch.order_hash });
  const fault = order && findOrderFault(order, { now, until: batch.expires_at });
  if (!order || fault) return refuse(fault ?? noOrder);
  if (creditsPerTokenUnit === null) return refuse(notSet);
  const credits = countReserve(units, batch, rules);
  const { underCap, held } = await readFunds(transaction, order, creditsPerTokenUnit);
  if (credits <= underCap && credits <= held) return { kind: 'reserved', credits };
  const { source } = order;
  return refuse(insufficient({ credits, underCap, held, source, creditsPerTokenUnit }));
}

function countReserve(units: readonly Unit[], batch: PayingBatch, rules: Policy): bigint {
  const cap = Number(batch.rate_cap);
  const of = (kind: Unit['kind']) =>
    reserveOf(
      units.filter((unit) => unit.kind === kind),
      mostPaid(kind, batch.verification, rules),
      cap,
    );
  return of('work') + of('bounded');
}

export interface OrderFault {
  code: string;
  message: string;
}

export const noOrder: OrderFault = {
  code: 'order_not_found',
  message: 'This project has no such order; register one with POST /v1/orders.',
};

const notSet: OrderFault = {
  code: 'settlement/not-set',
  message: 'This coordinator settles nothing on a chain, so no order pays here.',
};

/**
 * Why nothing more can be set aside under an order.
 * @param until when the batch's window is over: debits are collected for a while after an order's end,
 *   not for ever
 */
export function findOrderFault(
  { state, reason, expires_at }: Pick<OrderRow, 'state' | 'reason' | 'expires_at'>,
  { now, until }: { now: number; until: number },
): OrderFault | null {
  const endsAt = Number(expires_at) * 1000;
  if (state === 'cancelled') {
    return { code: 'order_cancelled', message: 'The order was cancelled; sign another.' };
  }
  if (state === 'refused') {
    const why = reason ? `: ${reason}` : '';
    return { code: 'order_refused', message: `The chain refused the order${why}. Sign another.` };
  }
  if (state === 'signed') {
    const message = 'The order waits to be registered on the chain; try again in a minute.';
    return { code: 'order_not_registered', message };
  }
  if (endsAt <= now) return { code: 'order_expired', message: 'The order is over; sign another.' };
  if (endsAt >= until) return null;
  const message =
    'The order ends before the window of the batch does; sign one that lasts longer than that.';
  return { code: 'order_ends_early', message };
}

interface Shortfall {
  credits: bigint;
  underCap: bigint;
  held: bigint;
  source: OrderRow['source'];
  creditsPerTokenUnit: bigint;
}

/** Needed, available, and what to do. */
function insufficient({
  credits,
  underCap,
  held,
  source,
  creditsPerTokenUnit,
}: Shortfall): OrderFault {
  const inUnits = (amount: bigint) => (amount + creditsPerTokenUnit - 1n) / creditsPerTokenUnit;
  const [short, remedy] =
    underCap <= held
      ? [`${underCap} are left under the order's cap`, 'sign an order with a higher cap']
      : source === 'escrow'
        ? [
            `${held} are available of the deposit`,
            `deposit ${inUnits(credits - held)} more of the token's base units`,
          ]
        : [
            `${held} are available of the credit that the account earned`,
            'earn more of it, or pay from a deposit',
          ];
  const message =
    `The batch sets aside ${credits} credits, the most that it can come to cost at its x_rate_cap, ` +
    `but ${short}. Lower x_rate_cap, send fewer lines, wait for other batches to end, or ${remedy}.`;
  return { code: 'insufficient_funds', message };
}

function refuse({ code, message }: OrderFault): Reserve {
  return { kind: 'refused', error: { code, line: null, message, param: 'x_order' } };
}
