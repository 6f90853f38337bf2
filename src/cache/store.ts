// What a contributor must not lose with its tab: session, keys, the counter of its calls, and
// the outbox of finished results. Handed to worker and wallet, which know only this interface.
import type { Database, OpenDatabase, StoredResult } from './database.ts';
import { storageError } from './storage-error.ts';

export interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  /** The next number under `key` and over `above`: atomic, also between tabs. */
  increment(key: string, above: number): Promise<number>;
  /** The oldest first. */
  results(): Promise<StoredResult[]>;
  putResult(result: StoredResult): Promise<void>;
  removeResults(leases: readonly string[]): Promise<void>;
}

/** What a request says when the browser closes the database under it, as when data is cleared. */
const closedNames = ['AbortError', 'InvalidStateError'];

export function createStore(open: OpenDatabase): Store {
  // A browser may refuse at any step: the open, the request, the commit.
  const use = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    try {
      const database = await open();
      return await work(database).catch(async (cause: unknown) => {
        if (!closedNames.includes((cause as Error).name)) throw cause;
        return work(await open(database));
      });
    } catch (cause) {
      throw storageError(cause);
    }
  };
  return {
    get: (key) => use((database) => database.get('keys', key)),
    set: (key, value) =>
      use(async (database) => {
        await database.put('keys', value, key);
      }),
    remove: (key) => use((database) => database.delete('keys', key)),
    increment: (key, above) =>
      use(async (database) => {
        const transaction = database.transaction('keys', 'readwrite');
        const next = Math.max(Number((await transaction.store.get(key)) ?? 0), above) + 1;
        await Promise.all([transaction.store.put(next, key), transaction.done]);
        return next;
      }),
    results: () =>
      use(async (database) => {
        const results = await database.getAll('results');
        return results.sort((a, b) => a.order - b.order);
      }),
    putResult: (result) =>
      use(async (database) => {
        await database.put('results', result, result.lease);
      }),
    removeResults: (leases) =>
      use(async (database) => {
        const transaction = database.transaction('results', 'readwrite');
        const deletions = leases.map((lease) => transaction.store.delete(lease));
        await Promise.all([...deletions, transaction.done]);
      }),
  };
}
