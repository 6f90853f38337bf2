// Projects and their API keys. A key is kept as its hash alone.
import { actOf, type OperatorAct } from './operator-acts.ts';
import type { Transaction } from './transaction.ts';

export interface Project {
  id: string;
  name: string;
  words: string;
}

export interface NewProject extends Project {
  keyHash: Uint8Array;
  lastFour?: string;
  now: number;
}

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

/**
 * The operator's own project, made at the first start with the key that is passed in.
 * @returns made: whether the key was taken
 */
export async function openDefaultProject(
  transaction: Transaction,
  fresh: NewProject,
): Promise<{ project: Project; made: boolean }> {
  const [project] = await transaction.query<Project>(
    'select id, name, words from projects where is_default',
  );
  if (project) return { project, made: false };
  await addProject(transaction, fresh);
  await transaction.query('update projects set is_default = true where id = $1', [fresh.id]);
  return { project: { id: fresh.id, name: fresh.name, words: fresh.words }, made: true };
}

export async function addProject(
  transaction: Transaction,
  { id, name, words, keyHash, lastFour, now }: NewProject,
): Promise<void> {
  await transaction.query(
    'insert into projects (id, name, words, created_at) values ($1, $2, $3, $4)',
    [id, name, words, now],
  );
  await addKey(transaction, {
    project: id,
    keyHash,
    name: 'first',
    lastFour: lastFour ?? null,
    now,
  });
}

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

export async function findProjectOfKey(
  transaction: Transaction,
  { keyHash }: { keyHash: Uint8Array },
): Promise<Project | null> {
  const [project] = await transaction.query<Project>(
    `select projects.id, projects.name, words from api_keys
       join projects on projects.id = project_id
     where key_hash = $1 and revoked_at is null`,
    [keyHash],
  );
  return project ?? null;
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

export interface ProjectRow extends Project {
  is_default: boolean;
  created_at: number;
  /** Keys that are not revoked. */
  keys: number;
  batches: number;
}

export async function listProjects(
  transaction: Transaction,
  { limit }: { limit: number },
): Promise<ProjectRow[]> {
  return transaction.query<ProjectRow>(
    `select id, name, words, is_default, created_at,
       (select count(*)::int from api_keys
        where project_id = projects.id and revoked_at is null) as keys,
       (select count(*)::int from batches where project_id = projects.id) as batches
     from projects order by created_at, id limit $1`,
    [limit],
  );
}
