// The cache of a real browser: OPFS or IndexedDB, its quota, Web Locks. Opens nothing by itself:
// every part waits for its first use.
import { type Database, databaseOpener, eraseDatabase } from './database.ts';
import { eraseOpfsFiles, opfsShardFiles } from './opfs-files.ts';
import { createShardCache, type ShardCache, type ShardIndex } from './shard-cache.ts';
import { indexedDbShardFiles, type ShardFiles } from './shard-files.ts';
import { storageError } from './storage-error.ts';
import { createStore, type Store } from './store.ts';

export interface BrowserCacheOptions {
  /** Where the file with this digest lies. */
  url(sha256: string): string;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  bytesMax?: number;
  onReceived?(bytes: number): void;
  /** Forces the fallback, for tests of it. */
  files?: ShardFiles['kind'];
}

export interface BrowserCache {
  shards: ShardCache;
  store: Store;
  /** Deletes all of it; what is used afterwards begins anew. @throws cache/... */
  erase(): Promise<void>;
}

export function createBrowserCache(options: BrowserCacheOptions): BrowserCache {
  const open = databaseOpener();
  let files: Promise<ShardFiles> | null = null;
  const openFiles = async (): Promise<ShardFiles> => {
    if (options.files === 'indexeddb') return indexedDbShardFiles(open);
    return opfsShardFiles().catch(() => indexedDbShardFiles(open));
  };
  const shards = createShardCache({
    fetch: (input, init) => fetch(input, init),
    url: options.url,
    sleep: options.sleep,
    files() {
      files ??= openFiles();
      return files;
    },
    index: databaseIndex(open),
    exclusive: (name, signal, work) => navigator.locks.request(name, { signal }, work),
    async estimate() {
      const { quota, usage } = await navigator.storage.estimate();
      return { quota: quota ?? Number.POSITIVE_INFINITY, usage: usage ?? 0 };
    },
    wallMs: () => Date.now(),
    now: () => performance.now(),
    ...(options.bytesMax === undefined ? {} : { bytesMax: options.bytesMax }),
    ...(options.onReceived ? { onReceived: options.onReceived } : {}),
  });
  const erase = async () => {
    await eraseOpfsFiles().catch(refuse);
    files = null;
    await eraseDatabase(open).catch(refuse);
  };
  return { shards, store: createStore(open), erase };
}

function databaseIndex(open: () => Promise<Database>): ShardIndex {
  return {
    async all() {
      const store = (await open().catch(refuse)).transaction('shards').store;
      const [names, entries] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return new Map(names.map((name, at) => [name, entries[at]]));
    },
    async put(name, entry) {
      await (await open()).put('shards', entry, name).catch(refuse);
    },
    async remove(name) {
      await (await open()).delete('shards', name).catch(refuse);
    },
  };
}

function refuse(cause: unknown): never {
  throw storageError(cause);
}
