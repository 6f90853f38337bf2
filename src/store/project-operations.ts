// Projects: what a requester asks strangers to help with, and what its batches may be.
import type { ContentClass } from '#protocol/content-class.ts';
import type { Level } from '#validator/policy.ts';
import { addKey } from './key-operations.ts';
import type { Transaction } from './transaction.ts';

/** What its operator may change of it. */
export interface ProjectFields {
  name: string;
  /** Plain text, for contributors. */
  words: string;
  content_class: ContentClass;
  /** Ids of the models that its batches may use, in hex; none: any. */
  models: string[];
  /** Of batches that do not say. */
  verification: Level;
  /** Listed for everybody, and computed by whoever leaves the choice to the coordinator. */
  open: boolean;
  /** That may frame it beside the coordinator's own; `*` is any. */
  origins: string[];
}

export interface Project extends ProjectFields {
  id: string;
  is_default: boolean;
}

/** Nobody has said that its texts were published. */
const unsaid: Omit<ProjectFields, 'name' | 'words'> = {
  content_class: 'personal',
  models: [],
  verification: 'sampled',
  open: true,
  origins: [],
};

export interface NewProject extends Partial<ProjectFields> {
  id: string;
  name: string;
  words: string;
  keyHash: Uint8Array;
  lastFour?: string;
  now: number;
}

export const projectColumns = `projects.id, projects.name, words, content_class, models,
  verification, open, origins, is_default`;

/**
 * The operator's own project, made at the first start with the key that is passed in.
 * @returns made: whether the key was taken
 */
export async function openDefaultProject(
  transaction: Transaction,
  fresh: NewProject,
): Promise<{ made: boolean }> {
  const found = await transaction.query('select id from projects where is_default');
  if (found.length > 0) return { made: false };
  await addProject(transaction, fresh);
  await transaction.query('update projects set is_default = true where id = $1', [fresh.id]);
  return { made: true };
}

export async function addProject(transaction: Transaction, fresh: NewProject): Promise<void> {
  const { id, keyHash, lastFour, now, ...given } = fresh;
  const fields: ProjectFields = { ...unsaid, ...given };
  await transaction.query(
    `insert into projects (id, name, words, content_class, models, verification, open, origins,
       created_at)
     values ($1, $2, $3, $4, $5::text[], $6, $7, $8::text[], $9)`,
    [
      id,
      fields.name,
      fields.words,
      fields.content_class,
      fields.models,
      fields.verification,
      fields.open,
      fields.origins,
      now,
    ],
  );
  await addKey(transaction, {
    project: id,
    keyHash,
    name: 'first',
    lastFour: lastFour ?? null,
    now,
  });
}

export async function findProjectOfKey(
  transaction: Transaction,
  { keyHash }: { keyHash: Uint8Array },
): Promise<Project | null> {
  const [project] = await transaction.query<Project>(
    `select ${projectColumns} from api_keys join projects on projects.id = project_id
     where key_hash = $1 and revoked_at is null`,
    [keyHash],
  );
  return project ?? null;
}

/** All of them, the default first, then the oldest. */
export async function readProjects(transaction: Transaction, _input: null): Promise<Project[]> {
  return transaction.query<Project>(
    `select ${projectColumns} from projects order by is_default desc, created_at, id`,
  );
}

export interface ProjectRow extends Project {
  created_at: number;
  /** Keys that are not revoked. */
  keys: number;
  batches: number;
}

/** The oldest first; the one of `id` alone where that is given. */
export async function listProjects(
  transaction: Transaction,
  { limit, id = null }: { limit: number; id?: string | null },
): Promise<ProjectRow[]> {
  return transaction.query<ProjectRow>(
    `select ${projectColumns}, created_at,
       (select count(*)::int from api_keys
        where project_id = projects.id and revoked_at is null) as keys,
       (select count(*)::int from batches where project_id = projects.id) as batches
     from projects where $2::text is null or id = $2 order by created_at, id limit $1`,
    [limit, id],
  );
}
