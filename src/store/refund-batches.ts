// What a batch has set aside and not spent goes back: at its end, or once no lease of it can bring a
// result any more. Who computed for a batch that was cancelled is paid by its payer all the same.
import type { Transaction } from './transaction.ts';

/** The batch has ended. */
export async function planRefund(
  transaction: Transaction,
  { batch, now }: { batch: string; now: number },
): Promise<void> {
  await transaction.query(
    `update batches set refund_at = greatest($2::bigint,
         (select max(leases.expires_at) from units join leases on leases.unit_id = units.id
          where units.batch_id = $1
            and (leases.state = 0 or leases.state = 4 and leases.reason = 'lease/withdrawn')))
     where id = $1`,
    [batch, now],
  );
  await refundBatches(transaction, now);
}

/** But for those of which a result waits for its verdict still. */
export async function refundBatches(transaction: Transaction, now: number): Promise<void> {
  await transaction.query(
    `update batches set refunded = reserved - spent, reserved = spent, refund_at = null
     where refund_at <= $1
       and not exists (select from units where batch_id = batches.id and answered > 0)`,
    [now],
  );
}
