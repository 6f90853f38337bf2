// PostgreSQL over the network, for several coordinators on one database. Writers take their turns by
// one advisory lock, which ends with its transaction, and so with its coordinator. A connection that
// breaks fails what ran on it, retryably; the next call opens another.
import pg from 'pg';
import { assert } from '#protocol/errors.ts';
import type { DatabaseEngine, Query } from './database-engine.ts';
import type { OperationMode } from './database-modes.ts';
import { migrate } from './migrate.ts';
import {
  checkDurable,
  checkVersion,
  isBroken,
  isPassing,
  isStalePlan,
  isUnreachable,
  toDatabaseError,
} from './postgres-errors.ts';
import { takeConnection, type WireConnection } from './wire-connection.ts';

export interface PostgresOptions {
  url: string;
  poolMax?: number;
}

/** One writes, the rest read; three coordinators fit PostgreSQL's own default of 100 thrice. */
const poolMaxDefault = 8;
const connectMsMax = 5_000;
/** A transaction that its coordinator has left alone: past this PostgreSQL ends it, lock and all. */
const idleInTransactionMsMax = 10_000;
/** Longest wait for a turn to write. */
const lockMsMax = 60_000;
const attemptsMax = 4;
/** "idlewild" in ASCII, and one further: names of advisory locks. */
const writerLock = '7594869324041579620';
const migrationLock = '7594869324041579621';
const vacuumLock = '7594869324041579622';

const begins: Record<Exclude<OperationMode, 'look'>, string> = {
  read: 'begin isolation level repeatable read, read only',
  survey: 'begin isolation level repeatable read, read only; set local enable_seqscan = on',
  free: 'begin',
  write: `begin; select pg_advisory_xact_lock(${writerLock})`,
};

/** @throws coordinator/database-..., coordinator/newer-database */
export async function openPostgres({ url, poolMax }: PostgresOptions): Promise<DatabaseEngine> {
  const pool = openPool(url, poolMax ?? poolMaxDefault);
  try {
    const client = await pool.connect();
    try {
      await prepare(wireOf(client));
    } finally {
      client.release(true);
    }
  } catch (thrown) {
    await pool.end();
    throw toDatabaseError(thrown);
  }
  return {
    transaction: (mode, run) => transact(pool, mode, run),
    vacuum: () => vacuum(pool),
    close: () => pool.end(),
  };
}

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    application_name: 'idlewild',
    idle_in_transaction_session_timeout: idleInTransactionMsMax,
    lock_timeout: lockMsMax,
    // A queue's statistics are always stale: a plan of a table's empty days reads all of it, row by
    // row of the foreign key that it checks, 150 ms where 5 do. One plan a statement, whatever its values.
    options: '-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off',
  });
  // Of idle connections the pool drops those that broke. One that breaks between two statements of a
  // transaction says it here too, and fails the next statement: unheard it would end the thread.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    const { connection } = client as unknown as { connection: pg.Connection };
    wires.set(client, takeConnection(connection));
  });
  return pool;
}

const wires = new WeakMap<pg.PoolClient, WireConnection>();

function wireOf(client: pg.PoolClient): WireConnection {
  const wire = wires.get(client);
  assert(wire, 'a connection of the pool was taken over when it was opened');
  return wire;
}

const queryOf =
  (wire: WireConnection): Query =>
  async (sql, parameters = []) =>
    (await wire.query(sql, parameters)).rows as never;

/** Schema, and what the server must be. */
async function prepare(wire: WireConnection): Promise<void> {
  const query = queryOf(wire);
  await checkServer(query);
  await wire.say(`set lock_timeout = 0; select pg_advisory_lock(${migrationLock})`);
  await migrate({ exec: (sql) => wire.say(sql), query });
}

async function checkServer(query: Query): Promise<void> {
  const [server] = await query<{ version: number; fsync: string; sync: string }>(
    `select current_setting('server_version_num')::int as version,
       current_setting('fsync') as fsync, current_setting('synchronous_commit') as sync`,
  );
  checkVersion(server.version);
  checkDurable(server.fsync, server.sync);
}

async function transact<Value>(
  pool: pg.Pool,
  mode: OperationMode,
  run: (query: Query) => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect().catch((thrown) => {
      throw toDatabaseError(thrown);
    });
    // A connection that broke while it lay idle is found out by what is said first: nothing ran on it.
    let begun = false;
    try {
      const wire = wireOf(client);
      if (mode !== 'look') await wire.say(begins[mode]);
      begun = mode !== 'look';
      const value = await run(queryOf(wire));
      if (mode !== 'look') await commit(wire);
      client.release();
      return value;
    } catch (thrown) {
      await giveUp(client, thrown);
      // After a migration by another release every connection may hold plans of the schema before;
      // after a restart of the server every one may be broken.
      const idleBreak = !begun && isBroken(thrown);
      const most = attemptsMax + (idleBreak || isStalePlan(thrown) ? pool.options.max : 0);
      if (!(idleBreak || isPassing(thrown)) || attempt >= most) throw toDatabaseError(thrown);
    }
  }
}

/** PostgreSQL answers the commit of a failed transaction with a rollback, and with no error. */
async function commit(wire: WireConnection): Promise<void> {
  const { tag } = await wire.say('commit');
  assert(tag === 'COMMIT', 'what an operation resolves with is committed');
}

/** Back to the pool with what is sound; PostgreSQL rolls back what a closed connection left. */
async function giveUp(client: pg.PoolClient, thrown: unknown): Promise<void> {
  let broken = isUnreachable(thrown) || isPassing(thrown);
  if (!broken) {
    await wireOf(client)
      .say('rollback')
      .catch(() => {
        broken = true;
      });
  }
  client.release(broken);
}

/** One coordinator at a time; autovacuum does the rest. */
async function vacuum(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    const wire = wireOf(client);
    const lock = await wire.query(`select pg_try_advisory_lock(${vacuumLock}) as taken`, []);
    if (!lock.rows[0].taken) return;
    await wire.say('vacuum (analyze, skip_locked) units, leases, results, accounts, batches');
  } finally {
    client.release(true);
  }
}
