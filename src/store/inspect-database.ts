// A database looked at without being changed: which schema it has, and whether it would do. For
// `idlewild doctor`, which must leave a folder as it found it.
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Query } from './database-engine.ts';
import { openDurable } from './durable-file-system.ts';
import { lockFolder } from './folder-lock.ts';
import { checkDurable, checkVersion, toDatabaseError } from './postgres-errors.ts';

const connectMsMax = 5_000;
const migrations = new URL('./migrations/', import.meta.url);

export interface Schema {
  /** The last migration applied; 0 for a database that is still empty. */
  applied: number;
  /** The last that this release knows. */
  known: number;
}

async function readSchema(query: Query): Promise<Schema> {
  const names = await readdir(migrations);
  const known = Math.max(...names.map((name) => Number.parseInt(name, 10) || 0));
  const [{ exists }] = await query<{ exists: boolean }>(
    `select to_regclass('migrations') is not null as exists`,
  );
  if (!exists) return { applied: 0, known };
  const [{ applied }] = await query<{ applied: number }>(
    'select coalesce(max(number), 0) as applied from migrations',
  );
  return { applied, known };
}

/**
 * @returns null where the folder holds no database yet
 * @throws coordinator/folder-in-use, coordinator/database
 */
export async function inspectFolder(dataFolder: string): Promise<Schema | null> {
  const folder = path.join(dataFolder, 'database');
  const found = await access(path.join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (!found) return null;
  const lock = lockFolder(dataFolder);
  try {
    const database = await openDurable(folder);
    try {
      return await readSchema(
        async (sql, parameters) => (await database.query(sql, parameters)).rows as never,
      );
    } finally {
      await database.close();
    }
  } finally {
    lock.release();
  }
}

/** @throws coordinator/database-... in the operator's words */
export async function inspectPostgres(url: string): Promise<Schema> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMsMax,
    application_name: 'idlewild doctor',
  });
  // Of a connection that breaks between two queries: the next one says so.
  client.on('error', () => {});
  try {
    await client.connect();
    const query: Query = async (sql, parameters) => (await client.query(sql, parameters)).rows;
    const [server] = await query<{ version: number; fsync: string; sync: string }>(
      `select current_setting('server_version_num')::int as version,
         current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync`,
    );
    checkVersion(server.version);
    checkDurable(server.fsync, server.sync);
    return await readSchema(query);
  } catch (thrown) {
    throw toDatabaseError(thrown);
  } finally {
    await client.end().catch(() => {});
  }
}
