// The processes of the coordinator's bench: started, asked, and charged their CPU time apart.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { PostgresServer } from '../store/postgres-server.ts';
import { familyTime, threadTimes } from './cpu-times.ts';

/** As docs/operator.md advises where there are few cores: garbage costs 100 µs a result less. */
const nodeFlags = ['--single-threaded-gc', '--max-semi-space-size=64'];

export function startChild(file: string): ChildProcess {
  return fork(path.join(import.meta.dirname, file), {
    execArgv: [...nodeFlags, '--import', 'tsx'],
    serialization: 'advanced',
  });
}

/** Sends an order and waits for its reply. */
export async function ask<Reply extends object>(
  child: ChildProcess,
  order: object,
): Promise<Reply> {
  const ended = new AbortController();
  const onExit = () => ended.abort(new Error('A process of the bench died.'));
  child.once('exit', onExit);
  try {
    child.send(order);
    const [reply] = await once(child, 'message', { signal: ended.signal });
    if ('failed' in reply) throw new Error(reply.failed);
    return reply;
  } finally {
    child.off('exit', onExit);
  }
}

/** Milliseconds by part. */
export type CpuParts = Record<string, number>;

/**
 * @returns what each part has spent since. The database's thread is the busiest of the server's but
 * one; the rest are Node's own, for files and for garbage.
 */
export function readCpu(
  server: ChildProcess,
  load: ChildProcess,
  postgres: PostgresServer | null,
): () => CpuParts {
  const ids = { server: server.pid ?? 0, load: load.pid ?? 0, postgres: postgres?.pid ?? null };
  const read = () => ({
    threads: threadTimes(ids.server),
    load: familyTime(ids.load),
    postgres: ids.postgres === null ? 0 : familyTime(ids.postgres),
  });
  const before = read();
  return () => {
    const after = read();
    const spent = (thread: number) =>
      (after.threads.get(thread) ?? 0) - (before.threads.get(thread) ?? 0);
    const others = [...after.threads.keys()].filter((thread) => thread !== ids.server);
    const [database = 0, ...rest] = others.map(spent).sort((a, b) => b - a);
    return {
      'main thread': spent(ids.server),
      'database thread': database,
      'other threads': rest.reduce((sum, ms) => sum + ms, 0),
      ...(postgres && { PostgreSQL: after.postgres - before.postgres }),
      'load generator': after.load - before.load,
    };
  };
}
