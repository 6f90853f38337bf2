// PGlite's file system with fsync given back: its own is a stub, so that a commit would be
// acknowledged before it is on disk.
import { existsSync, fdatasyncSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { PGlite, type PGliteOptions, types } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { syncFolder } from './sync-folder.ts';
import { syncTree } from './sync-tree.ts';

interface StreamOperations {
  fsync?: (stream: { nfd: number }) => number;
}

interface EmscriptenModule {
  FS: { filesystems: { NODEFS: { stream_ops: StreamOperations } } };
}

/** EIO as WASI numbers it. */
const wasiInputOutputError = 29;

/** Told of a sync that failed; nothing that the database says after is to be believed. */
export type OnSyncFailed = (thrown: unknown) => void;

function restoreFsync(module: unknown, onFailed: OnSyncFailed | undefined): void {
  const { stream_ops } = (module as EmscriptenModule).FS.filesystems.NODEFS;
  stream_ops.fsync = (stream) => {
    try {
      fdatasyncSync(stream.nfd);
      return 0;
    } catch (thrown) {
      onFailed?.(thrown);
      // Thrown through PostgreSQL's own stack it would be lost there, and the commit acknowledged. At
      // the number PostgreSQL panics.
      return wasiInputOutputError;
    }
  };
}

class DurableFS extends NodeFS {
  #onSyncFailed: OnSyncFailed | undefined;

  constructor(folder: string, onSyncFailed: OnSyncFailed | undefined) {
    super(folder);
    this.#onSyncFailed = onSyncFailed;
  }

  override async init(...[database, options]: Parameters<NodeFS['init']>) {
    const { emscriptenOpts } = await super.init(database, options);
    const preRun = [emscriptenOpts.preRun ?? []].flat();
    const restore = (module: unknown) => restoreFsync(module, this.#onSyncFailed);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...preRun, restore] } };
  }
}

/** PGlite's own codec of bytes goes digit by digit: 30 µs to write a KiB, 49 to read it; ours 1. */
function readBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}

function writeBytes(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
}

function optionsOf(folder: string, onSyncFailed?: OnSyncFailed): PGliteOptions {
  return {
    fs: new DurableFS(folder, onSyncFailed),
    parsers: { [types.BYTEA]: readBytes },
    serializers: { [types.BYTEA]: writeBytes },
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      '-c',
      'wal_sync_method=fsync',
      // A queue's statistics are always stale: a plan of a table's empty days reads all of it, row
      // by row of the foreign key that it checks. Results were kept at 643 µs each with such plans,
      // and at 302 without.
      '-c',
      'enable_seqscan=off',
      '-c',
      'plan_cache_mode=force_generic_plan',
    ],
  };
}

/**
 * PGlite lays out a new database without a sync, and what a crash leaves of that it takes for whole:
 * so it is made aside, and gets its name once all of it is on disk.
 */
async function createDurable(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await (await PGlite.create(optionsOf(draft))).close();
  await syncTree(draft);
  await rename(draft, folder);
  await syncFolder(path.dirname(folder));
}

/** Opens or creates the database in `folder` such that a commit returns once it is on disk. */
export async function openDurable(folder: string, onSyncFailed?: OnSyncFailed): Promise<PGlite> {
  if (!existsSync(path.join(folder, 'PG_VERSION'))) await createDurable(folder);
  return PGlite.create(optionsOf(folder, onSyncFailed));
}
