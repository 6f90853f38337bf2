// A requester's files: rows that name a payload, readable by their own project alone.
import type { Transaction } from './transaction.ts';

export interface FileRow {
  id: string;
  project_id: string;
  purpose: string;
  filename: string;
  bytes: number;
  blob: string;
  created_at: number;
  /** Null where it is kept as long as its batch's payloads. */
  expires_at?: number | null;
}

export async function insertFile(transaction: Transaction, file: FileRow): Promise<void> {
  await transaction.query(
    `insert into files (id, project_id, purpose, filename, bytes, blob, created_at,
       expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      file.id,
      file.project_id,
      file.purpose,
      file.filename,
      file.bytes,
      file.blob,
      file.created_at,
      file.expires_at ?? null,
    ],
  );
}

export interface OwnedId {
  project: string;
  id: string;
}

export async function findFile(
  transaction: Transaction,
  { project, id }: OwnedId,
): Promise<FileRow | null> {
  const [file] = await transaction.query<FileRow>(
    'select * from files where id = $1 and project_id = $2 and deleted_at is null',
    [id, project],
  );
  return file ?? null;
}

export interface ListInput {
  project: string;
  /** Id of the last row of the page before. */
  after: string | null;
  limit: number;
}

/** Newest first. @returns one row more than asked where there are more */
export async function listFiles(
  transaction: Transaction,
  { project, after, limit, purpose, order }: ListInput & { purpose: string | null; order: string },
): Promise<FileRow[]> {
  const [direction, beyond] = order === 'asc' ? ['asc', '>'] : ['desc', '<'];
  return transaction.query<FileRow>(
    `select * from files where project_id = $1 and deleted_at is null
       and ($4::text is null or purpose = $4)
       and ($2::text is null or (created_at, id) ${beyond}
         (select created_at, id from files where id = $2 and project_id = $1))
     order by created_at ${direction}, id ${direction} limit $3`,
    [project, after, limit + 1, purpose],
  );
}

/** The file is gone for its owner; its payload goes once no batch is read from it (dropFiles). */
export async function deleteFile(
  transaction: Transaction,
  { project, id, now }: OwnedId & { now: number },
): Promise<boolean> {
  const rows = await transaction.query(
    `update files set deleted_at = $3
     where id = $1 and project_id = $2 and deleted_at is null returning id`,
    [id, project, now],
  );
  return rows.length > 0;
}
