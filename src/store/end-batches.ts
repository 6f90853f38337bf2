// A batch that ends before its last unit: cancelled by its requester, or out of time.
import { type BatchRow, findBatch } from './batch-operations.ts';
import type { OwnedId } from './file-operations.ts';
import { refundBatches } from './refund-batches.ts';
import type { Transaction } from './transaction.ts';

/** @returns null for an unknown batch; `moved` is false where it has ended already */
export async function cancelBatch(
  transaction: Transaction,
  { project, id, now }: OwnedId & { now: number },
): Promise<{ batch: BatchRow; moved: boolean } | null> {
  const [moved] = await transaction.query<BatchRow>(
    `update batches set status = 'cancelling', cancelling_at = $3
     where id = $1 and project_id = $2 and status in ('validating', 'in_progress') returning *`,
    [id, project, now],
  );
  if (moved) {
    await withdrawUnits(transaction, [id]);
    return { batch: moved, moved: true };
  }
  const batch = await findBatch(transaction, { project, id });
  return batch ? { batch, moved: batch.status === 'cancelling' } : null;
}

/** Batches whose window is over are delivered as far as they came, once what is held is sure. */
export async function expireBatches(transaction: Transaction, now: number): Promise<number> {
  const expired = await transaction.query<{ id: string }>(
    `update batches set expired_at = $1
     where status = 'in_progress' and expires_at <= $1 and expired_at is null returning id`,
    [now],
  );
  await refundBatches(transaction, now);
  const ids = expired.map(({ id }) => id);
  if (ids.length > 0) await withdrawUnits(transaction, ids);
  await transaction.query(
    `update batches set status = 'finalizing', finalizing_at = $1
     where status = 'in_progress' and rows_open = 0
       and units_done + units_withdrawn = units_total`,
    [now],
  );
  return expired.length;
}

/**
 * Leases end here; a result on its way in before their deadline is still judged and credited. What
 * is held goes on being checked.
 */
async function withdrawUnits(transaction: Transaction, batches: string[]): Promise<void> {
  await transaction.query(
    `update leases set state = 4, reason = 'lease/withdrawn' from units
     where units.id = unit_id and leases.state = 0 and units.state in (0, 1)
       and batch_id = any($1)`,
    [batches],
  );
  await transaction.query(
    `with withdrawn as (
       update units set state = 3, leased = 0
       where batch_id = any($1) and state in (0, 1) returning batch_id
     )
     update batches set units_withdrawn = units_withdrawn + units
     from (select batch_id, count(*)::int as units from withdrawn group by batch_id) as counted
     where batches.id = batch_id`,
    [batches],
  );
}
