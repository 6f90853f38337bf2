// The embedded database as it is at one moment, copied while it runs. The copy is made in the one
// thread that writes it, so nothing changes meanwhile; it is what a crash at that moment would leave,
// and opening it replays what was committed, as after a crash.
import { constants, cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';
import type { Transaction } from './transaction.ts';

export interface SnapshotOrder {
  /** Of the database. */
  folder: string;
  /** Must not exist. */
  target: string;
}

/** Copies a database folder that nobody writes to; blocks on a disk that cannot share blocks. */
export function copyDatabase({ folder, target }: SnapshotOrder): void {
  try {
    cpSync(folder, target, {
      recursive: true,
      errorOnExist: true,
      mode: constants.COPYFILE_FICLONE,
    });
  } catch (thrown) {
    rmSync(target, { recursive: true, force: true });
    throw thrown;
  }
}

/** @throws backup/postgres where the database is not in the folder at all */
export async function snapshotDatabase(
  transaction: Transaction,
  order: SnapshotOrder,
): Promise<void> {
  const [{ name }] = await transaction.query<{ name: string }>(
    `select current_setting('application_name') as name`,
  );
  // As postgres.ts calls itself.
  if (name === 'idlewild') {
    throw new IdlewildError('backup/postgres', 'The database is PostgreSQL.', {
      metaMessages: ['Back it up by pg_dump, and then the data folder: docs/backup.md.'],
    });
  }
  copyDatabase({ folder: path.resolve(order.folder), target: path.resolve(order.target) });
}
