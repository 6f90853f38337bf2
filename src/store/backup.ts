// A backup is a data folder: the database as it was at one moment, then the payloads that it names,
// which are never changed once they are named, with the keys, models and epochs. Both ways it is copied, and
// checked where it arrived: the books, and the sha256 of every payload.
import { copyFile, cp, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { IdlewildError } from '#protocol/errors.ts';
import { openBlobStore } from './blob-store.ts';
import { checkBooks } from './check-books.ts';
import { openDurable } from './durable-file-system.ts';
import { listNamedBlobs } from './named-blobs.ts';
import { fileOf } from './payload-files.ts';
import { syncTree } from './sync-tree.ts';
import type { Transaction } from './transaction.ts';

/** Written last: without it a backup is not whole. */
const manifestName = 'backup.json';
const keyNames = ['receipt-key.pem', 'log-key.pem', 'log-key.pem.next'];

export interface BackupManifest {
  version: 1;
  receipts: number;
  payloads: number;
  /** Payloads that were damaged or gone where they came from. */
  damaged: string[];
}

type Onward = (line: string) => void;

/** Keys as they are now, by file name. */
export async function readKeys(dataFolder: string): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const name of keyNames) {
    const text = await readFile(path.join(dataFolder, name), 'utf8').catch(() => null);
    if (text !== null) keys.set(name, text);
  }
  return keys;
}

/**
 * The log's key may be changed while the database is copied: with the key of before and the one of
 * after, a start finds the one that the copy names, as it does after a crash.
 */
async function writeKeys(
  folder: string,
  before: Map<string, string>,
  after: Map<string, string>,
): Promise<void> {
  const keys = new Map(before);
  const later = after.get('log-key.pem');
  if (later !== undefined && later !== before.get('log-key.pem')) {
    keys.set('log-key.pem.next', later);
  }
  for (const [name, text] of keys) await writeFile(path.join(folder, name), text, { mode: 0o600 });
}

/**
 * An epoch's folder is whole once it has its name, and never changes: without the last final one's, the
 * next cannot be held against it.
 */
async function copyEpochs(from: string, to: string): Promise<void> {
  const names = (await readdir(from).catch(() => [])).filter((name) => /^[1-9]\d*$/.test(name));
  for (const name of names) {
    await cp(path.join(from, name), path.join(to, name), { recursive: true });
  }
}

async function copyModels(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const names = (await readdir(from).catch(() => [])).filter((name) => /^[0-9a-f]{64}$/.test(name));
  for (const name of names) {
    await cp(path.join(from, name), path.join(to, name), { recursive: true });
  }
}

/** A pack may grow meanwhile: what is named of it lies in what is copied. */
async function copyBlobs(from: string, to: string, files: Set<string>, onward: Onward) {
  let done = 0;
  for (const file of files) {
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await copyFile(path.join(from, file), path.join(to, file)).catch(
      (thrown: NodeJS.ErrnoException) => {
        // Counted as damaged, where it is looked for.
        if (thrown.code !== 'ENOENT') throw thrown;
      },
    );
    done++;
    onward(`${done} of ${files.size} files of payloads copied`);
  }
}

interface Contents {
  receipts: number;
  files: Set<string>;
  payloads: number;
}

/** Opens a database that nobody else has, checks its books and lists what it names. */
async function readContents(
  folder: string,
  onPage: (blobs: string[]) => Promise<void> | void,
): Promise<Contents> {
  const pglite = await openDurable(path.join(folder, 'database'));
  const query: Transaction['query'] = async (sql, parameters) =>
    (await pglite.query(sql, parameters)).rows as never;
  try {
    const { receipts } = await checkBooks({ query } as Transaction);
    const files = new Set<string>();
    let payloads = 0;
    for await (const blobs of listNamedBlobs(query)) {
      payloads += blobs.length;
      for (const blob of blobs) files.add(fileOf(blob));
      await onPage(blobs);
    }
    return { receipts, files, payloads };
  } finally {
    await pglite.close();
  }
}

/** Every payload that the folder's database names, read whole. @returns those that are not sound */
async function checkPayloads(folder: string, onward: Onward) {
  const blobs = await openBlobStore(path.join(folder, 'blobs'));
  const damaged: string[] = [];
  let done = 0;
  const contents = await readContents(folder, async (names) => {
    for (const name of names) {
      await blobs.read(name).catch(() => damaged.push(name));
      done++;
      onward(`${done} payloads checked`);
    }
  });
  await blobs.close();
  return { damaged, ...contents };
}

export interface BackupOptions {
  dataFolder: string;
  /** Holds `database`, as it was copied; the rest comes beside it. */
  out: string;
  /** From before the database was copied. */
  keysBefore: Map<string, string>;
  onProgress?: Onward;
}

/** @throws ledger/unbalanced where the books of the copy do not balance */
export async function completeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataFolder, out, keysBefore, onProgress = () => {} } = options;
  await writeKeys(out, keysBefore, await readKeys(dataFolder));
  await copyModels(path.join(dataFolder, 'models'), path.join(out, 'models'));
  await copyEpochs(path.join(dataFolder, 'epochs'), path.join(out, 'epochs'));
  const { files } = await readContents(out, () => {});
  await copyBlobs(path.join(dataFolder, 'blobs'), path.join(out, 'blobs'), files, onProgress);
  const { receipts, payloads, damaged } = await checkPayloads(out, onProgress);
  const manifest: BackupManifest = { version: 1, receipts, payloads, damaged };
  await syncTree(out);
  await writeManifest(out, manifest);
  return manifest;
}

async function writeManifest(out: string, manifest: BackupManifest): Promise<void> {
  const handle = await open(path.join(out, manifestName), 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws backup/not-whole */
async function readManifest(backup: string): Promise<BackupManifest> {
  try {
    const text = await readFile(path.join(backup, manifestName), 'utf8');
    const manifest = JSON.parse(text) as BackupManifest;
    if (manifest.version === 1) return manifest;
  } catch (cause) {
    throw new IdlewildError('backup/not-whole', `${manifestName} of the backup cannot be read.`, {
      metaMessages: ['It is written last: a backup without it was not finished.'],
      cause,
    });
  }
  throw new IdlewildError('backup/not-whole', 'The backup is of a later release.');
}

/**
 * Copies a backup to where a coordinator is to run, and checks it there.
 * @throws backup/not-whole, backup/damaged, ledger/unbalanced
 */
export async function restoreBackup(
  backup: string,
  dataFolder: string,
  onProgress: Onward = () => {},
): Promise<BackupManifest> {
  const manifest = await readManifest(backup);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(backup)) {
    if (name === manifestName || name === 'lock') continue;
    onProgress(`copying ${name}`);
    await cp(path.join(backup, name), path.join(dataFolder, name), { recursive: true });
  }
  const { receipts, damaged } = await checkPayloads(dataFolder, onProgress);
  const fresh = damaged.filter((blob) => !manifest.damaged.includes(blob));
  if (fresh.length > 0 || receipts !== manifest.receipts) {
    const message = `The backup is damaged: ${fresh.length} payloads are not what they were.`;
    throw new IdlewildError('backup/damaged', message);
  }
  await syncTree(dataFolder);
  return manifest;
}
