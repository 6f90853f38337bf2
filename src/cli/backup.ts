// `idlewild backup`: a data folder whose database is embedded, copied while its coordinator runs, or
// while none does. The running coordinator copies its database between two transactions, asked by the
// admin token; payloads, keys and models are copied here.
import { randomBytes } from 'node:crypto';
import { access, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { type BackupManifest, completeBackup, readKeys } from '#store/backup.ts';
import { lockFolder } from '#store/folder-lock.ts';
import { holdPayloads } from '#store/payload-hold.ts';
import { copyDatabase } from '#store/snapshot-database.ts';
import { type AdminFlags, addAdminFlags, openAdmin, print } from './admin-client.ts';
import { createProgress } from './progress.ts';

interface BackupFlags extends AdminFlags {
  data: string;
  out: string;
}

export interface BackupOrder {
  dataFolder: string;
  out: string;
  /** Asks the coordinator that has the folder for a snapshot of that name. */
  askForSnapshot(name: string): Promise<void>;
  onProgress?: (line: string) => void;
}

/** @throws backup/..., coordinator/..., admin/... */
export async function makeBackup(order: BackupOrder): Promise<BackupManifest> {
  const { dataFolder, out, askForSnapshot, onProgress } = order;
  const database = path.join(dataFolder, 'database');
  await access(path.join(database, 'PG_VERSION')).catch(() => {
    const message = 'The data folder holds no database.';
    throw new IdlewildError('backup/no-database', message, {
      metaMessages: ['A PostgreSQL is backed up by pg_dump: docs/backup.md.'],
    });
  });
  await requireEmpty(out);
  await mkdir(out, { recursive: true, mode: 0o700 });
  const keysBefore = await readKeys(dataFolder);
  const lock = tryLock(dataFolder);
  // Before the database is copied: what the copy names stays until it is copied too.
  const hold = await holdPayloads(path.join(dataFolder, 'blobs'));
  try {
    if (lock) copyDatabase({ folder: database, target: path.join(out, 'database') });
    else await takeSnapshot(dataFolder, path.join(out, 'database'), askForSnapshot);
    return await completeBackup({ dataFolder, out, keysBefore, ...(onProgress && { onProgress }) });
  } finally {
    await hold.release();
    lock?.release();
  }
}

/** @throws backup/not-empty */
export async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  });
  if (names.length === 0) return;
  throw new IdlewildError('backup/not-empty', 'The folder to write to is not empty.', {
    metaMessages: ['Name another: nothing is ever written over.'],
  });
}

/** @returns null where a coordinator has the folder */
function tryLock(dataFolder: string) {
  try {
    return lockFolder(dataFolder);
  } catch (thrown) {
    if (toIdlewildError(thrown).code === 'coordinator/folder-in-use') return null;
    throw thrown;
  }
}

async function takeSnapshot(
  dataFolder: string,
  target: string,
  ask: BackupOrder['askForSnapshot'],
): Promise<void> {
  const name = randomBytes(16).toString('hex');
  await ask(name);
  const home = path.join(dataFolder, 'snapshots', name);
  const made = path.join(home, 'database');
  await access(made).catch((cause) => {
    const message = 'The coordinator that answered has another data folder.';
    throw new IdlewildError('backup/other-coordinator', message, {
      metaMessages: ['Name the one that runs on this folder with --coordinator.'],
      cause,
    });
  });
  await rename(made, target).catch(async (thrown: NodeJS.ErrnoException) => {
    // On another disk.
    if (thrown.code !== 'EXDEV') throw thrown;
    await cp(made, target, { recursive: true });
  });
  await rm(home, { recursive: true });
}

export function addBackup(program: Command): void {
  addAdminFlags(
    program
      .command('backup')
      .description('copy a data folder with everything that it needs, while it runs')
      .requiredOption('--data <folder>', 'of the coordinator, on this machine')
      .requiredOption('--out <folder>', 'new or empty; holds keys, so keep it as safe as the data'),
  ).action(async (flags: BackupFlags) => {
    const progress = createProgress(flags.json);
    const manifest = await makeBackup({
      dataFolder: path.resolve(flags.data),
      out: path.resolve(flags.out),
      async askForSnapshot(name) {
        const admin = await openAdmin(flags);
        const words = (bytes: number) => `${Math.round(bytes / 1e6)} MB of the database copied`;
        await admin.follow('/v1/admin/snapshot', { name }, (bytes) =>
          progress.update(words(bytes)),
        );
      },
      onProgress: (line) => progress.update(line),
    });
    const { receipts, payloads, damaged } = manifest;
    progress.done(`${payloads} payloads checked.`);
    print(flags.json, manifest, `Backed up: ${receipts} receipts, ${payloads} payloads.`);
    if (damaged.length > 0) {
      process.stderr.write(`${damaged.length} payloads are damaged in the data folder itself.\n`);
      process.exitCode = 1;
    }
  });
}
