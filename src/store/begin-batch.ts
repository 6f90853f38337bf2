// A batch that was read: its units are opened, once what they may cost is set aside, or it has failed.
import { levels } from '#validator/policy.ts';
import type { BatchError } from './batch-operations.ts';
import { type FundRules, type PayingBatch, reserveFunds } from './reserve-funds.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

interface PlannedUnit {
  kind: 'work' | 'bounded';
  digest: Uint8Array;
  model: Uint8Array;
  inputBlob: string;
  rows: number;
  cost: number;
  /** Of its dearest row. */
  rowCostMax: number;
  linesAlone: number;
  /** Of its rows: audits are gathered within one. */
  lengthClass: number;
}

export interface BatchPlan extends FundRules {
  batch: string;
  now: number;
  model: string;
  planBlob: string;
  requestsTotal: number;
  requestsFailed: number;
  units: PlannedUnit[];
}

/** Where an order pays, what it must set aside; 'cancelled' is a batch that does not wait any more. */
async function setAside(
  transaction: Transaction,
  { batch, now, units, rules, creditsPerTokenUnit }: BatchPlan,
): Promise<bigint | null | BatchError | 'cancelled'> {
  const [row] = await transaction.query<PayingBatch | { order_hash: null }>(
    `select project_id, verification, order_hash, rate_cap, expires_at from batches
     where id = $1 and status = 'validating'`,
    [batch],
  );
  if (!row) return 'cancelled';
  if (row.order_hash === null) return null;
  const reserve = await reserveFunds(transaction, row, { units, now, rules, creditsPerTokenUnit });
  return reserve.kind === 'reserved' ? reserve.credits : reserve.error;
}

/**
 * Opens a checked batch's units to contributors, once what it may cost is set aside; does nothing where
 * it was cancelled meanwhile.
 * @returns why it failed; null where it did not
 */
export async function beginBatch(
  transaction: Transaction,
  plan: BatchPlan,
): Promise<BatchError | null> {
  const { batch, now, units } = plan;
  const reserved = await setAside(transaction, plan);
  if (reserved === 'cancelled') return null;
  if (reserved !== null && typeof reserved === 'object') {
    await failBatch(transaction, { batch, now, errors: [reserved] });
    return reserved;
  }
  await transaction.query(
    `update batches set status = case when $6::int = 0 then 'finalizing' else 'in_progress' end,
       in_progress_at = $2::bigint, finalizing_at = case when $6::int = 0 then $2::bigint end,
       plan_blob = $3, requests_total = $4, requests_failed = $5, units_total = $6::int, model = $7,
       reserved = $8::text::bigint
     where id = $1 and status = 'validating'`,
    [
      batch,
      now,
      plan.planBlob,
      plan.requestsTotal,
      plan.requestsFailed,
      units.length,
      plan.model,
      reserved === null ? null : String(reserved),
    ],
  );
  if (units.length > 0) await openUnits(transaction, plan);
  return null;
}

async function openUnits(
  transaction: Transaction,
  { batch, now, units }: BatchPlan,
): Promise<void> {
  await transaction.query(
    `insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
       length_class, kind, project_id, access_id, level, made_at, by_choice, rate_cap, tip)
     select batches.id, ordinal - 1, digest, planned.model, input_blob, row_count, cost,
       lines_alone, length_class, kind, batches.project_id, batches.access_id,
       array_position($9::text[], batches.verification) - 1, $10::bigint,
       not projects.open and batches.access_id is null, batches.rate_cap, batches.tip
     from batches join projects on projects.id = project_id,
       unnest($2::bytea[], $3::bytea[], $4::text[], $5::int[], $6::bigint[], $7::int[],
         $8::smallint[], $11::smallint[])
       with ordinality
       as planned (digest, model, input_blob, row_count, cost, lines_alone, length_class, kind,
         ordinal)
     where batches.id = $1 order by ordinal`,
    [
      batch,
      units.map(({ digest }) => digest),
      units.map(({ model }) => model),
      units.map(({ inputBlob }) => inputBlob),
      units.map(({ rows }) => rows),
      units.map(({ cost }) => cost),
      units.map(({ linesAlone }) => linesAlone),
      units.map(({ lengthClass }) => lengthClass),
      levels,
      now,
      units.map(({ kind }) => unitKinds.indexOf(kind)),
    ],
  );
  await transaction.query('analyze units');
}

export async function failBatch(
  transaction: Transaction,
  { batch, now, errors }: { batch: string; now: number; errors: BatchError[] },
): Promise<void> {
  await transaction.query(
    `update batches set status = 'failed', failed_at = $2, errors = $3, ended_at = $2,
       kept_until = case when not open then $2 + output_expires_ms end
     where id = $1 and status = 'validating'`,
    [batch, now, JSON.stringify(errors)],
  );
}
