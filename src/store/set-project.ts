// A project as its operator wants it from now on, with the act that says so. Where it is closed or
// opened, its units change sides: who gets them is in choose-leases.ts.
import { actOf } from './operator-acts.ts';
import { type Project, type ProjectFields, projectColumns } from './project-operations.ts';
import type { Transaction } from './transaction.ts';

export interface ProjectChange {
  id: string;
  change: Partial<ProjectFields>;
  reason: string;
  now: number;
}

const fieldNames = [
  'name',
  'words',
  'content_class',
  'models',
  'verification',
  'open',
  'origins',
] as const;

/**
 * What is as it was is no change, and no act.
 * @returns the names of the fields that changed; null where there is no such project
 */
export async function setProject(
  transaction: Transaction,
  { id, change, reason, now }: ProjectChange,
): Promise<{ changed: string[] } | null> {
  const [before] = await transaction.query<Project>(
    `select ${projectColumns} from projects where id = $1`,
    [id],
  );
  if (!before) return null;
  const after: Project = { ...before, ...change };
  const changed = fieldNames.filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (changed.length === 0) return { changed };
  await transaction.query(
    `update projects set name = $2, words = $3, content_class = $4, models = $5::text[],
       verification = $6, open = $7, origins = $8::text[]
     where id = $1`,
    [id, ...fieldNames.map((name) => after[name])],
  );
  if (before.open !== after.open) await moveUnits(transaction, id, !after.open);
  const act = `set project: ${changed.join(', ')}` as const;
  await actOf(transaction, { act, subject: id, reason, now });
  return { changed };
}

/** All that may yet be leased of it. Units limited to an access list go by that. */
async function moveUnits(transaction: Transaction, id: string, byChoice: boolean): Promise<void> {
  const batches = await transaction.query<{ id: string }>(
    `select id from batches
     where project_id = $1 and status in ('in_progress', 'finalizing', 'cancelling')`,
    [id],
  );
  await transaction.query(
    `update units set by_choice = $2
     where batch_id = any($1::text[]) and access_id is null and by_choice <> $2 and state <> 3`,
    [batches.map((batch) => batch.id), byChoice],
  );
  await transaction.query(
    `update units set by_choice = $2
     where state + 0 = 0 and kind + 0 = 1 and project_id = $1 and access_id is null`,
    [id, byChoice],
  );
}
