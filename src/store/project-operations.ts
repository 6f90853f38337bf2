// Projects and their API keys. A key is kept as its hash alone.
import type { Transaction } from './transaction.ts';

export interface Project {
  id: string;
  name: string;
  words: string;
}

export interface NewProject extends Project {
  keyHash: Uint8Array;
  now: number;
}

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
  { id, name, words, keyHash, now }: NewProject,
): Promise<void> {
  await transaction.query(
    'insert into projects (id, name, words, created_at) values ($1, $2, $3, $4)',
    [id, name, words, now],
  );
  await transaction.query(
    'insert into api_keys (key_hash, project_id, created_at) values ($1, $2, $3)',
    [keyHash, id, now],
  );
}

export async function findProjectOfKey(
  transaction: Transaction,
  { keyHash }: { keyHash: Uint8Array },
): Promise<Project | null> {
  const [project] = await transaction.query<Project>(
    `select id, name, words from api_keys join projects on projects.id = project_id
     where key_hash = $1`,
    [keyHash],
  );
  return project ?? null;
}
