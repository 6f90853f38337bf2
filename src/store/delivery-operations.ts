// A batch from its last verdict to its files.
import type { BatchRow } from './batch-operations.ts';
import { type FileRow, insertFile } from './file-operations.ts';
import { planRefund } from './refund-batches.ts';
import type { Transaction } from './transaction.ts';

export interface DeliveredUnit {
  id: number;
  ordinal: number;
  row_count: number;
  output_blob: string | null;
  receipts: string[];
}

/**
 * A batch's units in order, each with the receipts of the results that have its digest: a liar's that
 * was paid before its unit was computed again is not among them.
 */
export async function readUnits(
  transaction: Transaction,
  { batch }: { batch: string },
): Promise<DeliveredUnit[]> {
  return transaction.query<DeliveredUnit>(
    `select id, ordinal, row_count, case when state = 2 then output_blob end as output_blob,
       coalesce((select array_agg(receipts.id order by transfer_id, receipts.ordinal)
         from results join receipts on receipts.lease_id = results.lease_id
         where results.unit_id = units.id and receipts.kind = 'credited'
           and results.digest = units.output_digest), '{}') as receipts
     from units where batch_id = $1 order by ordinal`,
    [batch],
  );
}

export interface Delivery {
  batch: string;
  now: number;
  requestsCompleted: number;
  requestsFailed: number;
  output: FileRow | null;
  error: FileRow | null;
}

/** Ends a batch, hands out its files and gives back what it will not spend, together. */
export async function finishBatch(transaction: Transaction, delivery: Delivery): Promise<void> {
  const { batch, now, output, error } = delivery;
  const [row] = await transaction.query<BatchRow>(
    `select * from batches where id = $1 and status in ('finalizing', 'cancelling')`,
    [batch],
  );
  if (!row) return;
  if (output) await insertFile(transaction, output);
  if (error) await insertFile(transaction, error);
  const [status, column] =
    row.status === 'cancelling'
      ? ['cancelled', 'cancelled_at']
      : row.expired_at !== null
        ? ['expired', 'expired_at']
        : ['completed', 'completed_at'];
  await transaction.query(
    `update batches set status = $2, ${column} = $3, output_file_id = $4, error_file_id = $5,
       requests_completed = $6, requests_failed = $7, ended_at = $3,
       kept_until = case when not open then $3 + output_expires_ms end where id = $1`,
    [
      batch,
      status,
      now,
      output?.id ?? null,
      error?.id ?? null,
      delivery.requestsCompleted,
      delivery.requestsFailed,
    ],
  );
  if (row.reserved !== null) await planRefund(transaction, { batch, now });
}
