// The one IndexedDB database of this origin: session and keys, the outbox, and what is known of
// shards. It is opened on first use, which is never before the visitor's click on Start.

import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb';
import type { SubmittedResult } from '#protocol/wire.ts';

/** A finished unit: its result until it was sent, then only what the verdict needs. */
export interface StoredResult {
  lease: string;
  /** Whose credit it is: a later session of the same account may bring it. */
  account: string;
  unit: Uint8Array;
  rows: number;
  /** Null once the coordinator has it. */
  result: SubmittedResult | null;
  /** Of finishing: the oldest is sent first. */
  order: number;
}

/** One shard on disk. */
export interface ShardEntry {
  bytes: number;
  /** Wall-clock milliseconds of the last load, for eviction by last use. */
  usedAt: number;
}

interface IdlewildSchema extends DBSchema {
  keys: { key: string; value: unknown };
  results: { key: string; value: StoredResult };
  shards: { key: string; value: ShardEntry };
  blobs: { key: string; value: Uint8Array };
}

export type Database = IDBPDatabase<IdlewildSchema>;

const databaseName = 'idlewild';

/** Opens the database at its first call; given one that the browser has closed, it opens another. */
export type OpenDatabase = (closed?: Database) => Promise<Database>;

export function databaseOpener(name = databaseName): OpenDatabase {
  let opened: Promise<Database> | null = null;
  // Async, for a browser that throws instead of refusing.
  const open = async () =>
    openDB<IdlewildSchema>(name, 2, {
      upgrade(database, from) {
        // Results of the first version are signed one by one, as nobody takes them any more.
        if (from === 1) database.deleteObjectStore('results');
        for (const store of ['keys', 'results', 'shards', 'blobs'] as const) {
          if (!database.objectStoreNames.contains(store)) database.createObjectStore(store);
        }
      },
      // The browser closes a database under pressure; the next use opens it again.
      terminated() {
        opened = null;
      },
      // Another tab deletes it, or brings a newer version: this one must not stand in the way.
      blocking(_from, _to, event) {
        opened = null;
        (event.target as IDBDatabase).close();
      },
    });
  return async (closed) => {
    if (closed && (await opened) === closed) opened = null;
    opened ??= open().catch((cause: unknown) => {
      opened = null;
      throw cause;
    });
    return opened;
  };
}

/**
 * Empties the database and deletes it. A tab of an older release may hold it open: then it is empty
 * at once, and goes when that tab does.
 */
export async function eraseDatabase(open: OpenDatabase, name = databaseName): Promise<void> {
  const database = await open();
  const stores = [...database.objectStoreNames];
  const transaction = database.transaction(stores, 'readwrite');
  const clearings = stores.map((store) => transaction.objectStore(store).clear());
  await Promise.all([...clearings, transaction.done]);
  await new Promise<void>((resolve, reject) => {
    deleteDB(name, { blocked: () => resolve() }).then(resolve, reject);
  });
}
