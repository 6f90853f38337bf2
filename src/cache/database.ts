// The one IndexedDB database of this origin: session and keys, the outbox, and what is known of
// shards. It is opened on first use, which is never before the visitor's click on Start.

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { SubmittedResult } from '#protocol/wire.ts';

/** A finished unit: its signed result until it was sent, then only what the verdict needs. */
export interface StoredResult {
  lease: string;
  session: string;
  /** Whose credit it is: a later session of the same account may bring it. */
  account: string;
  unit: Uint8Array;
  rows: number;
  /** Null once the coordinator has it. */
  result: SubmittedResult | null;
  /** Order of finishing; the oldest is sent first. */
  counter: number;
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

/** Opens the database at its first call; given one that the browser has closed, it opens another. */
export type OpenDatabase = (closed?: Database) => Promise<Database>;

export function databaseOpener(name = 'idlewild'): OpenDatabase {
  let opened: Promise<Database> | null = null;
  // Async, for a browser that throws instead of refusing.
  const open = async () =>
    openDB<IdlewildSchema>(name, 1, {
      upgrade(database) {
        for (const store of ['keys', 'results', 'shards', 'blobs'] as const) {
          database.createObjectStore(store);
        }
      },
      // The browser closes a database under pressure; the next use opens it again.
      terminated() {
        opened = null;
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
