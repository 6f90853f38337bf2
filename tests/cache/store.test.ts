// What a browser that refuses to store makes of the store: one of two codes, whichever step failed.
import { expect, test } from 'vitest';
import { type Database, databaseOpener } from '#cache/database.ts';
import { createStore, type Store } from '#cache/store.ts';

const uses: [name: string, use: (store: Store) => Promise<unknown>][] = [
  ['get', (store) => store.get('a')],
  ['set', (store) => store.set('a', 1)],
  ['remove', (store) => store.remove('a')],
  ['increment', (store) => store.increment('a', 0)],
  ['results', (store) => store.results()],
  ['removeResults', (store) => store.removeResults(['a'])],
];

test.each(uses)('%s says that storage is denied, or full', async (_name, use) => {
  const refusing = (name: string) => createStore(() => Promise.reject(new DOMException('', name)));
  await expect(use(refusing('SecurityError'))).rejects.toMatchObject({
    code: 'cache/storage-failed',
  });
  await expect(use(refusing('QuotaExceededError'))).rejects.toMatchObject({
    code: 'cache/storage-full',
  });
});

test('a database that the browser closed is opened again, once', async () => {
  const closed = {
    get: () => Promise.reject(new DOMException('Closing.', 'InvalidStateError')),
  } as unknown as Database;
  const fresh = { get: async () => 'kept' } as unknown as Database;
  const opened: (Database | undefined)[] = [];
  const store = createStore(async (old) => {
    opened.push(old);
    return old ? fresh : closed;
  });
  expect(await store.get('a')).toBe('kept');
  expect(opened).toEqual([undefined, closed]);
});

test('where there is no IndexedDB, opening is a refusal and not a throw', async () => {
  await expect(databaseOpener()()).rejects.toThrow();
});
