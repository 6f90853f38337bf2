// What the operator does to others' things, each act kept with its reason.
import type { BatchRow } from './batch-operations.ts';
import { cancelBatch } from './end-batches.ts';
import { loadFamilies } from './families.ts';
import type { Transaction } from './transaction.ts';

export interface OperatorAct {
  act: 'revoke key' | 'cancel batch' | 'unban' | `set project: ${string}`;
  subject: string;
  reason: string;
  now: number;
}

export async function actOf(
  transaction: Transaction,
  { act, subject, reason, now }: OperatorAct,
): Promise<void> {
  await transaction.query(
    'insert into operator_acts (act, subject, reason, created_at) values ($1, $2, $3, $4)',
    [act, subject, reason, now],
  );
}

export interface Acted {
  id: string;
  reason: string;
  now: number;
}

/** Whosever it is. @returns null for an unknown batch; `moved` is false where it had ended */
export async function cancelAnyBatch(
  transaction: Transaction,
  { id, reason, now }: Acted,
): Promise<{ batch: BatchRow; moved: boolean } | null> {
  const [owner] = await transaction.query<{ project_id: string }>(
    'select project_id from batches where id = $1',
    [id],
  );
  if (!owner) return null;
  const cancelled = await cancelBatch(transaction, { project: owner.project_id, id, now });
  if (cancelled?.moved) await actOf(transaction, { act: 'cancel batch', subject: id, reason, now });
  return cancelled;
}

/**
 * Lets a banned account take leases again. Its convictions stay, and its runs begin anew: a convict's
 * next units are replicated whole.
 * @returns null for an unknown account; `moved` is false where it was not banned
 */
export async function unban(
  transaction: Transaction,
  { id, reason, now }: Acted,
): Promise<{ moved: boolean } | null> {
  // A ban of a device account bars its wallet: they are one contributor, and are let in together.
  const family = await loadFamilies(transaction, [id]);
  const moved = await transaction.query(
    `update accounts set suspended_at = null, strikes = 0
     where id = any($1) and suspended_at is not null returning id`,
    [family],
  );
  if (moved.length > 0) {
    await transaction.query('update records set run = 0 where account_id = any($1)', [family]);
    await actOf(transaction, { act: 'unban', subject: id, reason, now });
    return { moved: true };
  }
  const known = await transaction.query('select id from accounts where id = $1', [id]);
  return known.length > 0 ? { moved: false } : null;
}

export interface ActRow {
  act: string;
  subject: string;
  reason: string;
  created_at: number;
}

/** Newest first. */
export async function listActs(
  transaction: Transaction,
  { limit }: { limit: number },
): Promise<ActRow[]> {
  return transaction.query<ActRow>(
    'select act, subject, reason, created_at from operator_acts order by id desc limit $1',
    [limit],
  );
}
