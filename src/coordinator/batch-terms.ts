// What a batch says of its payment, and what is told of it: the highest rate, a tip for being leased
// before others, and the order that pays (docs/payment.md).
import { z } from 'zod';
import { rateMax } from '#protocol/price.ts';
import type { BatchRow, BatchTerms } from '#store/batch-operations.ts';

const whole = `a whole number of credits for 10^9 multiply-adds`;

/** Fields of POST /v1/batches. */
export const termsFields = {
  /** The tip included; unsaid, it pays whatever the rate is. */
  x_rate_cap: z.int(`must be ${whole}`).min(1).max(rateMax).nullish(),
  /** Above the rate. */
  x_tip: z.int(`must be ${whole}`).min(0).max(rateMax).nullish(),
  /** Hash of one of the project's orders; unsaid, its project's word pays. */
  x_order: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, 'must be the hash of an order: 0x and 64 hex digits')
    .nullish(),
};

interface SaidTerms {
  x_rate_cap?: number | null | undefined;
  x_tip?: number | null | undefined;
  x_order?: string | null | undefined;
}

export type ReadTerms =
  | { ok: true; terms: BatchTerms }
  | { ok: false; message: string; param: keyof SaidTerms };

export function readTerms({ x_rate_cap, x_tip, x_order }: SaidTerms): ReadTerms {
  const rateCap = x_rate_cap ?? null;
  const tip = x_tip ?? 0;
  const order = x_order?.toLowerCase() ?? null;
  if (order !== null && rateCap === null) {
    const message = "'x_rate_cap': must be there with x_order: what is set aside is counted by it.";
    return { ok: false, message, param: 'x_rate_cap' };
  }
  if (order === null && tip > 0) {
    const message = "'x_tip': must be paid from an order: name one as x_order.";
    return { ok: false, message, param: 'x_tip' };
  }
  if (rateCap !== null && tip >= rateCap) {
    const message = "'x_tip': must be below x_rate_cap, which includes it.";
    return { ok: false, message, param: 'x_tip' };
  }
  return { ok: true, terms: { rateCap, tip, order } };
}

const toCredits = (amount: number | null) => (amount === null ? null : Number(amount));

/** At the end of a batch, what it had set aside is what it has spent and what went back. */
export function toPayment({ order_hash, rate_cap, tip, reserved, spent, refunded }: BatchRow) {
  return {
    order: order_hash,
    rate_cap: toCredits(rate_cap),
    tip: Number(tip),
    reserved: reserved === null ? null : Number(reserved) + Number(refunded ?? 0),
    spent: Number(spent),
    refunded: toCredits(refunded),
  };
}
