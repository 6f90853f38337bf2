// A batch from its creation to its units, or to its early end.
import { type Level, levels } from '#validator/policy.ts';
import type { FileRow, ListInput, OwnedId } from './file-operations.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled';

export interface BatchError {
  code: string;
  line: number | null;
  message: string;
  param: string | null;
}

export interface BatchRow {
  id: string;
  project_id: string;
  input_file_id: string;
  endpoint: string;
  completion_window: string;
  metadata: Record<string, string> | null;
  open: boolean;
  verification: Level;
  access_id: string | null;
  model: string | null;
  status: BatchStatus;
  created_at: number;
  expires_at: number;
  in_progress_at: number | null;
  finalizing_at: number | null;
  completed_at: number | null;
  failed_at: number | null;
  expired_at: number | null;
  cancelling_at: number | null;
  cancelled_at: number | null;
  errors: BatchError[] | null;
  plan_blob: string | null;
  requests_total: number;
  requests_completed: number;
  requests_failed: number;
  units_total: number;
  units_done: number;
  units_held: number;
  output_file_id: string | null;
  error_file_id: string | null;
  ended_at: number | null;
  output_expires_ms: number | null;
  payloads_deleted_at: number | null;
  idempotency_hash: Uint8Array | null;
}

export interface NewBatch {
  id: string;
  project: string;
  inputFile: string;
  endpoint: string;
  completionWindow: string;
  metadata: Record<string, string> | null;
  /** Anyone may read its inputs and receipts. */
  open: boolean;
  verification: Level;
  /** Accounts that may compute it; null for everybody. */
  access: { id: string; accounts: string[] } | null;
  /** The requester's wish: how long after its end its payloads may be kept. */
  outputExpiresMs?: number | null;
  now: number;
  expiresAt: number;
  idempotency: { key: string; hash: Uint8Array } | null;
}

export type CreatedBatch =
  | { kind: 'created' | 'repeated'; batch: BatchRow }
  | { kind: 'no-file' }
  | { kind: 'wrong-purpose' };

export async function createBatch(
  transaction: Transaction,
  fresh: NewBatch,
): Promise<CreatedBatch> {
  const { idempotency, project } = fresh;
  if (idempotency) {
    const [batch] = await transaction.query<BatchRow>(
      'select * from batches where project_id = $1 and idempotency_key = $2',
      [project, idempotency.key],
    );
    if (batch) return { kind: 'repeated', batch };
  }
  const [file] = await transaction.query<FileRow>(
    'select * from files where id = $1 and project_id = $2 and deleted_at is null',
    [fresh.inputFile, project],
  );
  if (!file) return { kind: 'no-file' };
  if (file.purpose !== 'batch') return { kind: 'wrong-purpose' };
  if (fresh.access) {
    await transaction.query(
      `insert into access_members (id, account_id) select $1, unnest($2::text[])
       on conflict do nothing`,
      [fresh.access.id, fresh.access.accounts],
    );
  }
  const [batch] = await transaction.query<BatchRow>(
    `insert into batches (id, project_id, input_file_id, endpoint, completion_window, metadata,
       status, created_at, expires_at, idempotency_key, idempotency_hash, open,
       verification, access_id, output_expires_ms)
     values ($1, $2, $3, $4, $5, $6, 'validating', $7, $8, $9, $10, $11, $12, $13, $14) returning *`,
    [
      fresh.id,
      project,
      file.id,
      fresh.endpoint,
      fresh.completionWindow,
      fresh.metadata === null ? null : JSON.stringify(fresh.metadata),
      fresh.now,
      fresh.expiresAt,
      idempotency?.key ?? null,
      idempotency?.hash ?? null,
      fresh.open,
      fresh.verification,
      fresh.access?.id ?? null,
      fresh.outputExpiresMs ?? null,
    ],
  );
  return { kind: 'created', batch };
}

export async function findBatch(
  transaction: Transaction,
  { project, id }: OwnedId,
): Promise<BatchRow | null> {
  const [batch] = await transaction.query<BatchRow>(
    'select * from batches where id = $1 and project_id = $2',
    [id, project],
  );
  return batch ?? null;
}

/** Newest first. @returns one row more than asked where there are more */
export async function listBatches(
  transaction: Transaction,
  { project, after, limit }: ListInput,
): Promise<BatchRow[]> {
  return transaction.query<BatchRow>(
    `select * from batches where project_id = $1
       and ($2::text is null or (created_at, id) <
         (select created_at, id from batches where id = $2 and project_id = $1))
     order by created_at desc, id desc limit $3`,
    [project, after, limit + 1],
  );
}

export interface MovingBatch {
  id: string;
  project_id: string;
  status: BatchStatus;
  endpoint: string;
  input_blob: string;
  plan_blob: string | null;
  created_at: number;
  open: boolean;
  output_expires_ms: number | null;
  expired: boolean;
  /** Ids of those that it may use; none: any. */
  models: string[];
}

/** The oldest batch that waits for the coordinator itself: to be read, or to be delivered. */
export async function findMovingBatch(
  transaction: Transaction,
  { except }: { except: readonly string[] },
): Promise<MovingBatch | null> {
  const [batch] = await transaction.query<MovingBatch>(
    `select batches.id, batches.project_id, status, endpoint, files.blob as input_blob, plan_blob,
       batches.created_at, batches.open, output_expires_ms,
       batches.expired_at is not null as expired, models
     from batches join files on files.id = input_file_id
       join projects on projects.id = batches.project_id
     where (status in ('validating', 'finalizing') or (status = 'cancelling' and units_held = 0))
       and not batches.id = any($1)
     order by batches.created_at, batches.id limit 1`,
    [except],
  );
  return batch ?? null;
}

interface PlannedUnit {
  kind: 'work' | 'bounded';
  digest: Uint8Array;
  model: Uint8Array;
  inputBlob: string;
  rows: number;
  cost: number;
  linesAlone: number;
  /** Of its rows: audits are gathered within one. */
  lengthClass: number;
}

export interface BatchPlan {
  batch: string;
  now: number;
  model: string;
  planBlob: string;
  requestsTotal: number;
  requestsFailed: number;
  units: PlannedUnit[];
}

/** Opens a checked batch's units to contributors; does nothing where it was cancelled meanwhile. */
export async function beginBatch(transaction: Transaction, plan: BatchPlan): Promise<void> {
  const { batch, now, units } = plan;
  const begun = await transaction.query(
    `update batches set status = case when $6::int = 0 then 'finalizing' else 'in_progress' end,
       in_progress_at = $2::bigint, finalizing_at = case when $6::int = 0 then $2::bigint end,
       plan_blob = $3, requests_total = $4, requests_failed = $5, units_total = $6::int, model = $7
     where id = $1 and status = 'validating' returning id`,
    [batch, now, plan.planBlob, plan.requestsTotal, plan.requestsFailed, units.length, plan.model],
  );
  if (begun.length === 0 || units.length === 0) return;
  await transaction.query(
    `insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
       length_class, kind, project_id, access_id, level, made_at, by_choice)
     select batches.id, ordinal - 1, digest, planned.model, input_blob, row_count, cost,
       lines_alone, length_class, kind, batches.project_id, batches.access_id,
       array_position($9::text[], batches.verification) - 1, $10::bigint,
       not projects.open and batches.access_id is null
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
