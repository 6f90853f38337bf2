// A real PostgreSQL under the database: the same values as PGlite gives, one writer at a time among
// several coordinators, connections that break, servers that will not do.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '#store/database.ts';
import { openEmbedded } from '#store/database-embedded.ts';
import type { DatabaseEngine } from '#store/database-engine.ts';
import { openPostgres } from '#store/postgres.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const server = found as PostgresServer;

const project = (id: string, fill: number) => ({
  id,
  name: id,
  words: '',
  keyHash: new Uint8Array(32).fill(fill),
  now: 1,
});

describe.skipIf(missing !== null)(`on PostgreSQL${missing ? `: ${missing}` : ''}`, () => {
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-postgres-test-'));
    url = await server.makeDatabase();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (): Promise<Database> => openDatabase(folder, { url });

  async function onServer(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  test('coordinators that start at once migrate it once, and share it', async () => {
    const [a, b, c] = await Promise.all([open(), open(), open()]);
    await a.run('addProject', project('one', 1));
    expect(await b.run('findProjectOfKey', { keyHash: new Uint8Array(32).fill(1) })).toEqual({
      id: 'one',
      name: 'one',
      words: '',
      content_class: 'personal',
      models: [],
      verification: 'sampled',
      open: true,
      origins: [],
      is_default: false,
    });
    // What fails is rolled back whole: the key is taken, so the project's row goes with it.
    await expect(b.run('addProject', project('two', 1))).rejects.toMatchObject({
      code: 'coordinator/database',
    });
    await c.run('addProject', project('two', 2));
    await c.run('checkBooks', null);
    for (const database of [a, b, c]) await database.close();
    await expect(a.run('checkBooks', null)).rejects.toMatchObject({ code: 'coordinator/closed' });
  });

  test('a connection that was cut fails its call alone', async () => {
    const database = await open();
    const find = () => database.run('findProjectOfKey', { keyHash: new Uint8Array(32).fill(1) });
    await find();
    await server.disconnect(url);
    const after = await find().catch((error: unknown) => error);
    // Whether the pool or the call heard of it first.
    if (after instanceof Error) {
      expect(after).toMatchObject({ code: 'coordinator/database-unreachable', retryable: true });
    }
    expect(await find()).toMatchObject({ id: 'one' });
    await database.close();
  });

  test('a database that a later release has migrated is left alone', async () => {
    await onServer("insert into migrations (number, name) values (9999, 'later')");
    await expect(open()).rejects.toMatchObject({ code: 'coordinator/newer-database' });
    await onServer('delete from migrations where number = 9999');
    await (await open()).close();
  });

  test.each([
    ['no server', 'postgres://someone:secret@127.0.0.1:1/x', 'database-unreachable', true],
    ['no database', () => url.replace(/\w+$/, 'nowhere'), 'database-refused', false],
  ])('%s is said in words, without the address', async (_, wrong, code, retryable) => {
    const address = typeof wrong === 'string' ? wrong : wrong();
    const failed = await openPostgres({ url: address }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: `coordinator/${code}`, retryable });
    expect(String(failed)).not.toMatch(/secret|postgres:\/\//);
    expect((failed as { metaMessages: string[] }).metaMessages).toHaveLength(1);
  });

  describe('engines', () => {
    let a: DatabaseEngine;
    let b: DatabaseEngine;
    beforeAll(async () => {
      [a, b] = [await openPostgres({ url }), await openPostgres({ url })];
    });
    afterAll(async () => {
      await a.close();
      await b.close();
    });

    test('give the values that PGlite gives', async () => {
      const embedded = await openEmbedded(path.join(folder, 'embedded'));
      const sql = `select 1::int as small, 9007199254740991::bigint as whole, -5::bigint as less,
        9007199254740993::bigint as huge, '\\x00ff10'::bytea as bytes, ''::bytea as none,
        array[1, null, 9007199254740993]::bigint[] as wholes, '{}'::bigint[] as empty,
        array['a', 'b,c', null] as texts, true as yes, null::text as nothing, 'ä' as text,
        sum(x) as sum, count(*) as count, '{"a": [1]}'::jsonb as json, $1::bytea as given,
        $2::bigint[] as ids, $3::text[] as words, $4::bytea[] as digests
        from unnest(array[1, 2]::bigint[]) as x`;
      const parameters = [
        new Uint8Array([1, 2]),
        [1, 2 ** 40],
        ['"', '\\', '{}'],
        [new Uint8Array([3])],
      ];
      const read = (engine: DatabaseEngine) =>
        engine.transaction('look', (query) => query(sql, parameters));
      const [mine] = await read(a);
      expect(mine).toMatchObject({ whole: 2 ** 53 - 1, huge: 2n ** 53n + 1n, count: 2 });
      const { digests, ...rest } = mine;
      const [{ digests: theirs, ...others }] = await read(embedded);
      expect(rest).toEqual(others);
      expect(Buffer.from((digests as Uint8Array[])[0])).toEqual(
        Buffer.from((theirs as Uint8Array[])[0]),
      );
      await embedded.close();
    });

    test('survive a migration by another, though every connection holds old plans', async () => {
      const sql = 'select * from api_keys';
      const look = () => a.transaction('look', (query) => query(sql));
      // Asked at once, so that each is asked on a connection of its own.
      let [asked, all] = [0, () => {}];
      const met = new Promise<void>((resolve) => {
        all = resolve;
      });
      const eight = Array.from({ length: 8 }, () =>
        a.transaction('look', async (query) => {
          await query(sql);
          if (++asked === 8) all();
          await met;
        }),
      );
      await Promise.all(eight);
      await onServer('alter table api_keys add column added int');
      expect((await look())[0]).toHaveProperty('added');
      await onServer('alter table api_keys drop column added');
      expect((await look())[0]).not.toHaveProperty('added');
    });

    test('let one write at a time, while others read', async () => {
      const order: string[] = [];
      let second: Promise<void> = Promise.resolve();
      await a.transaction('write', async (query) => {
        second = b.transaction('write', async () => {
          order.push('second');
        });
        for (let waiting = 0; waiting === 0; ) {
          const [row] = await query<{ count: number }>(
            `select count(*) as count from pg_locks where locktype = 'advisory' and not granted`,
          );
          waiting = row.count;
        }
        order.push(...(await b.transaction('look', async () => ['reader'])));
        order.push('first');
      });
      await second;
      expect(order).toEqual(['reader', 'first', 'second']);
    });

    test('a writer that is cut off gives up its turn, and nothing of it stays', async () => {
      const cut = a.transaction('write', async (query) => {
        await query("update projects set words = 'cut off' where id = 'one'");
        await server.disconnect(url);
        await query('select 1');
      });
      await expect(cut).rejects.toMatchObject({ code: 'coordinator/database-unreachable' });
      const words = await b.transaction('write', (query) =>
        query("select words from projects where id = 'one'"),
      );
      expect(words).toEqual([{ words: '' }]);
    });

    test('connections that broke while idle fail nothing', async () => {
      const look = () => a.transaction('look', (query) => query('select 1 as one'));
      const write = () => a.transaction('write', (query) => query('select 1 as one'));
      for (let round = 0; round < 5; round++) {
        await Promise.all(Array.from({ length: 8 }, () => look()));
        // What is asked at once still takes connections whose end the pool has not heard of.
        await server.disconnect(url);
        const asked = Array.from({ length: 8 }, (_, index) => (index % 2 ? look() : write()));
        for (const rows of await Promise.all(asked)) expect(rows).toEqual([{ one: 1 }]);
      }
    });

    test('a reader sees one moment, and may not write', async () => {
      const count = "select count(*) as count from projects where id = 'three'";
      await a.transaction('read', async (query) => {
        expect(await query(count)).toEqual([{ count: 0 }]);
        await b.transaction('write', (other) =>
          other("insert into projects (id, name, words, created_at) values ('three', '', '', 1)"),
        );
        expect(await query(count)).toEqual([{ count: 0 }]);
      });
      expect(await a.transaction('look', (query) => query(count))).toEqual([{ count: 1 }]);
      const written = a.transaction('read', (query) => query("delete from projects where id = ''"));
      await expect(written).rejects.toMatchObject({ code: 'coordinator/database' });
    });

    test('an error that an operation swallowed is no commit', async () => {
      const careless = a.transaction('free', async (query) => {
        await query(
          "insert into projects (id, name, words, created_at) values ('lost', '', '', 0)",
        );
        await query('select 1 / 0').catch(() => {});
        return 'kept';
      });
      await expect(careless).rejects.toThrow('committed');
      const look = "select id from projects where id = 'lost'";
      expect(await a.transaction('look', (query) => query(look))).toEqual([]);
    });

    test('two that lock each other out are told apart, and both end', async () => {
      const touch = (id: string) => `update projects set words = words || '.' where id = '${id}'`;
      let met = 0;
      const cross = (engine: DatabaseEngine, first: string, second: string) => {
        let attempt = 0;
        return engine.transaction('free', async (query) => {
          await query(touch(first));
          met++;
          // Both hold their first row before either wants its second; a retry goes straight on.
          for (attempt++; attempt === 1 && met < 2; ) await query('select 1');
          await query(touch(second));
        });
      };
      await Promise.all([cross(a, 'one', 'two'), cross(b, 'two', 'one')]);
      const rows = await a.transaction('look', (query) =>
        query("select words from projects where id in ('one', 'two')"),
      );
      expect(rows).toEqual([{ words: '..' }, { words: '..' }]);
    });

    test('vacuum runs beside them', async () => {
      await Promise.all([a.vacuum(), b.vacuum()]);
    });
  });
});
