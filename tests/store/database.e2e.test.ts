// The database by itself: migrations, rollback, one transaction a message, append-only books.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '#store/database.ts';
import { openEmbedded } from '#store/database-embedded.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { copyTemplate } from '../coordinator/template-folder.ts';

let root: string;
let database: Database;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-database-'));
  const { dataFolder } = await copyTemplate(root);
  database = await openDatabase(dataFolder);
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true });
});

const project = (id: string, fill: number) => ({
  id,
  name: id,
  words: '',
  keyHash: new Uint8Array(32).fill(fill),
  now: 1,
});

test('an operation that fails leaves nothing behind, and the next one runs', async () => {
  await database.run('addProject', project('one', 1));
  // The key is taken: the project row of this one must go with it.
  await expect(database.run('addProject', project('two', 1))).rejects.toMatchObject({
    code: 'coordinator/database',
  });
  await database.run('addProject', project('two', 2));
  const found = await database.run('findProjectOfKey', { keyHash: new Uint8Array(32).fill(2) });
  expect(found).toMatchObject({ id: 'two', name: 'two', words: '' });
});

test('what was committed is on disk: a copy of the live folder has it', async () => {
  await database.run('addProject', project('kept', 3));
  const copy = path.join(root, 'copy');
  await cp(path.join(root, 'data'), copy, { recursive: true });
  await rm(path.join(copy, 'lock'));
  const reopened = await openDatabase(copy);
  const found = await reopened.run('findProjectOfKey', { keyHash: new Uint8Array(32).fill(3) });
  expect(found?.id).toBe('kept');
  await reopened.close();
  await expect(reopened.run('checkBooks', null)).rejects.toMatchObject({
    code: 'coordinator/closed',
  });
});

test('a folder that a later release has migrated is left alone', async () => {
  const newer = path.join(root, 'newer');
  await cp(path.join(root, 'copy'), newer, { recursive: true });
  const opened = await openDurable(path.join(newer, 'database'));
  await opened.query("insert into migrations (number, name) values (9999, 'later')");
  await opened.close();
  const refused = openDatabase(newer);
  await expect(refused).rejects.toMatchObject({ code: 'coordinator/newer-database' });
  const again = openDatabase(newer);
  await expect(again).rejects.toMatchObject({ code: 'coordinator/newer-database' });
});

test('calls after another are answered each with its own', async () => {
  const missing = Array.from({ length: 20 }, (_, i) => database.run('findSession', { id: `${i}` }));
  expect(await Promise.all(missing)).toEqual(Array(20).fill(null));
});

test('an error that an operation swallowed is no commit', async () => {
  const engine = await openEmbedded(path.join(root, 'careless'));
  const careless = engine.transaction('free', async (query) => {
    await query("insert into projects (id, name, words, created_at) values ('lost', '', '', 0)");
    await query('select 1 / 0').catch(() => {});
    return 'kept';
  });
  await expect(careless).rejects.toThrow('committed');
  const look = (sql: string) => engine.transaction('look', (query) => query(sql));
  expect(await look("select id from projects where id = 'lost'")).toEqual([]);
  await engine.close();
});
