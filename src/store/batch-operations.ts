// A batch from its creation until it is read (begin-batch.ts), and how it is found.
import { creditAccount, orderAccount } from '#ledger/payers.ts';
import type { Level } from '#validator/policy.ts';
import type { FileRow, ListInput, OwnedId } from './file-operations.ts';
import { findOrder } from './order-operations.ts';
import { findOrderFault, noOrder, type OrderFault } from './reserve-funds.ts';
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
  /** The order that pays; null: its project's word. */
  order_hash: string | null;
  /** The ledger account that pays, where an order does. */
  payer: string | null;
  /** Credits for 10^9 multiply-adds, tip included; null: any. */
  rate_cap: number | null;
  tip: number;
  /** Credits. */
  reserved: number | null;
  spent: number;
  refunded: number | null;
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
  /** What it pays, and under which order; any rate on its project's word where it is missing. */
  terms?: BatchTerms;
  now: number;
  expiresAt: number;
  idempotency: { key: string; hash: Uint8Array } | null;
}

export interface BatchTerms {
  /** Credits for 10^9 multiply-adds, tip included. */
  rateCap: number | null;
  tip: number;
  /** Its hash. */
  order: string | null;
}

const anyTerms: BatchTerms = { rateCap: null, tip: 0, order: null };

export type CreatedBatch =
  | { kind: 'created' | 'repeated'; batch: BatchRow }
  | { kind: 'order'; fault: OrderFault }
  | { kind: 'no-file' }
  | { kind: 'wrong-purpose' };

export async function createBatch(
  transaction: Transaction,
  fresh: NewBatch,
): Promise<CreatedBatch> {
  const { idempotency, project, terms = anyTerms } = fresh;
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
  const payer = terms.order === null ? null : await findPayer(transaction, fresh, terms.order);
  if (payer && typeof payer === 'object') return { kind: 'order', fault: payer };
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
       verification, access_id, output_expires_ms, order_hash, payer, rate_cap, tip)
     values ($1, $2, $3, $4, $5, $6, 'validating', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
       $17, $18) returning *`,
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
      terms.order,
      payer,
      terms.rateCap,
      terms.tip,
    ],
  );
  return { kind: 'created', batch };
}

/** The ledger account that pays under an order, or why none can. */
async function findPayer(
  transaction: Transaction,
  { project, now, expiresAt: until }: NewBatch,
  hash: string,
): Promise<string | OrderFault> {
  const order = await findOrder(transaction, { project, id: hash });
  if (!order) return noOrder;
  const fault = findOrderFault(order, { now, until });
  if (fault) return fault;
  return order.source === 'escrow' ? orderAccount(hash) : creditAccount(order.requester);
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
