// Numbered migrations, run at boot, each in a transaction of its own and recorded.
import { readdir, readFile } from 'node:fs/promises';
import { IdlewildError } from '#protocol/errors.ts';
import type { Query } from './database-engine.ts';

const folder = new URL('./migrations/', import.meta.url);

/** One connection that nobody else uses meanwhile. */
export interface Migrated {
  exec(sql: string): Promise<unknown>;
  query: Query;
}

/** @throws coordinator/newer-database when a later release has migrated this database */
export async function migrate({ exec, query }: Migrated): Promise<void> {
  await exec(`
    create table if not exists migrations (
      number int primary key,
      name text not null,
      applied_at timestamptz not null default now()
    )`);
  const rows = await query<{ number: number }>('select number from migrations');
  const applied = new Set(rows.map(({ number }) => number));
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort();
  const known = new Set(names.map((name) => Number(name.slice(0, 4))));
  const unknown = [...applied].find((number) => !known.has(number));
  if (unknown !== undefined) {
    throw new IdlewildError(
      'coordinator/newer-database',
      `The database has migration ${unknown}, which this release does not know.`,
      { metaMessages: ['Run the release that wrote it, or a later one.'] },
    );
  }
  for (const name of names) {
    const number = Number(name.slice(0, 4));
    if (applied.has(number)) continue;
    const sql = await readFile(new URL(name, folder), 'utf8');
    await exec('begin');
    try {
      await exec(sql);
      await query('insert into migrations (number, name) values ($1, $2)', [number, name]);
      await exec('commit');
    } catch (thrown) {
      await exec('rollback');
      throw thrown;
    }
  }
}
