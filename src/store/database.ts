// The main thread's face of the database: named operations, each one transaction in the thread
// that holds it (database-worker.ts): PGlite in the data folder, or PostgreSQL by its address.
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { assert, IdlewildError, type WireError } from '#protocol/errors.ts';
import { lockFolder } from './folder-lock.ts';
import type { OperationName, Operations } from './operations.ts';
import { startWorker } from './start-worker.ts';
import type { Tally } from './tally.ts';

export interface DatabaseOptions {
  /** How often VACUUM ANALYZE runs; PGlite has no autovacuum. */
  vacuumMs?: number;
  /** Of PostgreSQL, postgres://user:password@host/name; without it the data folder holds PGlite. */
  url?: string;
  /** Connections to PostgreSQL at most. */
  poolMax?: number;
  /** Told what each commit has decided. */
  onTally?(tally: Tally): void;
}

/** What the thread is started with. */
export interface DatabaseThread {
  place: { folder: string } | { url: string; poolMax?: number };
}

export interface Database {
  /** Runs one operation in one transaction; it has been committed to disk when this resolves. */
  run<Name extends OperationName>(
    name: Name,
    input: Parameters<Operations[Name]>[1],
    options?: RunOptions,
  ): Promise<Awaited<ReturnType<Operations[Name]>>>;
  /**
   * Resolves should the thread die before `close`: nothing more can be kept then. A PostgreSQL that
   * cannot be reached is no death: calls fail with coordinator/database-unreachable until it is back.
   */
  died: Promise<IdlewildError>;
  close(): Promise<void>;
}

interface RunOptions {
  /** Told when nothing is left but to commit; perhaps again, where the commit is tried again. */
  onClosing?(): void;
}

type DatabaseCall =
  | { kind: 'run'; name: OperationName; input: unknown; tells: boolean }
  | { kind: 'vacuum' }
  | { kind: 'close' };

export type DatabaseRequest = { id: number } & DatabaseCall;

export type DatabaseReply =
  | { id: number; closing: true }
  | { id: number; value: unknown; tally: Tally }
  | { id: number; error: WireError & { stack: string } };

interface Waiter extends RunOptions {
  resolve(value: never): void;
  reject(error: Error): void;
}

const databaseWaitersMax = 10_000;
const vacuumMsDefault = 5 * 60_000;

/** The thread's last word. */
interface Death {
  died: string;
}

/** Whoever is asked again, once it has been started again, may well answer. */
function deathOf(why: string, cause?: unknown): IdlewildError {
  const message = `The database stopped: ${why}.`;
  return new IdlewildError('coordinator/database-died', message, { retryable: true, cause });
}

interface Channel {
  send(request: DatabaseCall, options?: RunOptions): Promise<never>;
  /** True once the thread is gone. */
  ended(): boolean;
  died: Promise<IdlewildError>;
}

/** Calls to the thread and their answers, matched by number. */
function openChannel(worker: Worker, onTally: DatabaseOptions['onTally']): Channel {
  const waiters = new Map<number, Waiter>();
  let nextId = 0;
  let ended: IdlewildError | null = null;
  let tellDeath: (error: IdlewildError) => void = () => {};
  const died = new Promise<IdlewildError>((resolve) => {
    tellDeath = resolve;
  });
  const end = (error: IdlewildError) => {
    ended ??= error;
    tellDeath(ended);
    for (const waiter of waiters.values()) waiter.reject(ended);
    waiters.clear();
  };
  worker.on('message', (reply: DatabaseReply | Opening | Death) => {
    if ('died' in reply) return end(deathOf(reply.died));
    if (!('id' in reply)) return;
    const waiter = waiters.get(reply.id);
    assert(waiter, 'a database reply has a waiter');
    if ('closing' in reply) return waiter.onClosing?.();
    waiters.delete(reply.id);
    if ('error' in reply) return waiter.reject(readError(reply.error));
    onTally?.(reply.tally);
    waiter.resolve(reply.value as never);
  });
  worker.on('error', (cause) => {
    end(deathOf(cause.message, cause));
  });
  worker.on('exit', () => end(new IdlewildError('coordinator/closed', 'The database is closed.')));
  return {
    ended: () => ended !== null,
    died,
    send(call, options) {
      if (ended) return Promise.reject(ended);
      if (waiters.size >= databaseWaitersMax) {
        const message = `${waiters.size} calls wait for the database (databaseWaitersMax).`;
        return Promise.reject(new IdlewildError('coordinator/busy', message, { retryable: true }));
      }
      const id = nextId++;
      return new Promise<never>((resolve, reject) => {
        waiters.set(id, { resolve, reject, ...options });
        worker.postMessage({ id, ...call } satisfies DatabaseRequest);
      });
    },
  };
}

/**
 * Opens the database of a data folder and takes the folder's lock, or PostgreSQL, which others may
 * use at the same time.
 * @throws coordinator/folder-in-use, coordinator/database..., coordinator/newer-database
 */
export async function openDatabase(
  dataFolder: string,
  { vacuumMs, url, poolMax, onTally }: DatabaseOptions = {},
): Promise<Database> {
  const lock = url ? null : lockFolder(dataFolder);
  const folder = path.join(dataFolder, 'database');
  const place = url ? { url, ...(poolMax && { poolMax }) } : { folder };
  const thread: DatabaseThread = { place };
  const worker = startWorker(new URL('./database-worker.ts', import.meta.url), thread);
  const channel = openChannel(worker, onTally);
  try {
    await untilReady(worker);
  } catch (thrown) {
    await worker.terminate();
    lock?.release();
    throw thrown;
  }
  const vacuum = setInterval(() => {
    channel.send({ kind: 'vacuum' }).catch(() => {});
  }, vacuumMs ?? vacuumMsDefault);
  vacuum.unref();
  return {
    run: (name, input, options) =>
      channel.send({ kind: 'run', name, input, tells: options?.onClosing !== undefined }, options),
    died: channel.died,
    async close() {
      clearInterval(vacuum);
      if (!channel.ended()) await channel.send({ kind: 'close' });
      await worker.terminate();
      lock?.release();
    },
  };
}

function readError({ stack, ...wire }: WireError & { stack: string }): IdlewildError {
  const error = IdlewildError.fromWire(wire);
  error.stack = stack;
  return error;
}

type Opening = { ready: true } | { failed: WireError };

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', (opening: Opening | Death) => {
      if ('died' in opening) reject(deathOf(opening.died));
      else if ('failed' in opening) reject(IdlewildError.fromWire(opening.failed));
      else resolve();
    });
    worker.once('error', (cause) => {
      const message = `The database does not open: ${cause.message}`;
      reject(new IdlewildError('coordinator/database', message, { cause }));
    });
    worker.once('exit', () =>
      reject(new IdlewildError('coordinator/database', 'The database does not open.')),
    );
  });
}
