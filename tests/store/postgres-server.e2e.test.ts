// The server of the tests goes with the process that started it, however that ends.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { PostgresReply } from './postgres-process.ts';
import { findPostgres } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
if (!('missing' in found)) await found.close();
const others = process.env.IDLEWILD_TEST_DATABASE_URL ? 'the server is not ours' : missing;

/** @returns the reason why it cannot be reached, or null */
async function tryConnect(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return null;
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? 'unknown';
  }
}

test.skipIf(others !== null)(
  `a server whose process is killed stops${others ? ` (skipped: ${others})` : ''}`,
  async () => {
    const child = fork(path.join(import.meta.dirname, 'postgres-process.ts'), {
      execArgv: ['--import', 'tsx'],
    });
    const [{ url }] = (await once(child, 'message')) as [PostgresReply];
    expect(await tryConnect(url)).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
    while ((await tryConnect(url)) !== 'ECONNREFUSED') await setTimeout(50);
  },
);
