// A PostgreSQL backed up as docs/backup.md says: pg_dump first, then the folder, while work goes on.
// The coordinator on the copy has what was acknowledged, and every payload that its rows name.
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { openBlobStore } from '#store/blob-store.ts';
import { listNamedBlobs } from '#store/named-blobs.ts';
import { embedLine, makeTexts, startTestSite, unaudited } from '../coordinator/test-site.ts';
import { findPostgres } from './postgres-server.ts';

const postgres = await findPostgres();

/** pg_dump reads servers of its own release and older ones. */
async function findReason(): Promise<string | null> {
  if ('missing' in postgres) return postgres.missing;
  const client = new pg.Client({ connectionString: await postgres.makeDatabase() });
  await client.connect();
  const { rows } = await client.query(`select current_setting('server_version_num') as version`);
  await client.end();
  try {
    const words = execFileSync('pg_dump', ['--version'], { encoding: 'utf8' });
    const major = Number(/(\d+)/.exec(words)?.[1]);
    const server = Math.floor(Number(rows[0].version) / 10_000);
    return major >= server ? null : `pg_dump ${major} cannot read PostgreSQL ${server}`;
  } catch {
    return 'no pg_dump is installed';
  }
}

const reason = await findReason();
const root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-pg-backup-'));
afterAll(async () => {
  if ('close' in postgres) await postgres.close();
  await rm(root, { recursive: true });
});

test.skipIf(reason !== null)(
  `pg_dump and then the folder are a backup${reason ? ` (skipped: ${reason})` : ''}`,
  async () => {
    if ('missing' in postgres) return;
    const [from, to] = [await postgres.makeDatabase(), await postgres.makeDatabase()];
    const site = await startTestSite({ databaseUrl: from });
    const key = site.coordinator.apiKey ?? '';
    const lines = makeTexts(100).map((text, i) => embedLine(`${i}`, text));
    const batch = await site.submit(lines, key);
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    await alice.turn(2);
    await bob.turn(2);
    const before = await site.coordinator.checkBooks();
    expect(before.receipts).toBeGreaterThan(0);

    const dump = path.join(root, 'idlewild.dump');
    execFileSync('pg_dump', ['--format', 'custom', '--file', dump, from]);
    await alice.turn(2);
    const dataFolder = path.join(root, 'data');
    await cp(site.dataFolder, dataFolder, { recursive: true });
    await site.close();
    execFileSync('pg_restore', ['--no-owner', '--dbname', to, dump]);

    const restored = await createCoordinator({
      dataFolder,
      databaseUrl: to,
      models: [],
      partner: site.partner,
      tickMs: 0,
      now: () => site.clock.now,
      rules: unaudited,
    });
    expect(restored.apiKey).toBeNull();
    expect((await restored.checkBooks()).receipts).toBe(before.receipts);
    const headers = { authorization: `Bearer ${key}` };
    const found = await restored.inject({ method: 'GET', url: `/v1/batches/${batch}`, headers });
    expect(found.json()).toMatchObject({ id: batch, status: 'in_progress' });
    await restored.close();

    const client = new pg.Client({ connectionString: to });
    await client.connect();
    const blobs = await openBlobStore(path.join(dataFolder, 'blobs'));
    let payloads = 0;
    const query = async (sql: string, values: unknown[] = []) =>
      (await client.query(sql, values)).rows as never;
    for await (const names of listNamedBlobs(query)) {
      for (const name of names) await blobs.read(name);
      payloads += names.length;
    }
    expect(payloads).toBeGreaterThan(5);
    await blobs.close();
    await client.end();
  },
);
