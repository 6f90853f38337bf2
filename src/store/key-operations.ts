// API keys of projects. A key is kept as its hash alone.
import { actOf, type OperatorAct } from './operator-acts.ts';
import type { Transaction } from './transaction.ts';

/** A key as its operator sees it. */
export interface KeyRow {
  id: string;
  project_id: string;
  name: string;
  /** Null for a key of an earlier release. */
  last_four: string | null;
  created_at: number;
  revoked_at: number | null;
}

const keyColumns = 'id, project_id, name, last_four, created_at, revoked_at';

export interface NewKey {
  project: string;
  keyHash: Uint8Array;
  name: string;
  lastFour: string | null;
  now: number;
}

/** @returns null where there is no such project */
export async function addKey(
  transaction: Transaction,
  { project, keyHash, name, lastFour, now }: NewKey,
): Promise<KeyRow | null> {
  const [key] = await transaction.query<KeyRow>(
    `insert into api_keys (id, key_hash, project_id, name, last_four, created_at)
     select 'key_' || substr(encode($2::bytea, 'hex'), 1, 24), $2::bytea, id, $3, $4, $5
     from projects where id = $1 returning ${keyColumns}`,
    [project, keyHash, name, lastFour, now],
  );
  return key ?? null;
}

/** Of all projects where none is named; the oldest first. */
export async function listKeys(
  transaction: Transaction,
  { project, limit }: { project: string | null; limit: number },
): Promise<KeyRow[]> {
  return transaction.query<KeyRow>(
    `select ${keyColumns} from api_keys where $1::text is null or project_id = $1
     order by project_id, created_at, id limit $2`,
    [project, limit],
  );
}

/** A key revoked before stays as it was. @returns null where there is no such key */
export async function revokeKey(
  transaction: Transaction,
  { id, reason, now }: { id: string; reason: string; now: number },
): Promise<KeyRow | null> {
  const act: OperatorAct = { act: 'revoke key', subject: id, reason, now };
  const [revoked] = await transaction.query<KeyRow>(
    `update api_keys set revoked_at = $2 where id = $1 and revoked_at is null
     returning ${keyColumns}`,
    [id, now],
  );
  if (revoked) {
    await actOf(transaction, act);
    return revoked;
  }
  const [key] = await transaction.query<KeyRow>(
    `select ${keyColumns} from api_keys where id = $1`,
    [id],
  );
  return key ?? null;
}
