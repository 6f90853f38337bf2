// The thread that holds PGlite. One message is one transaction, in the order of arrival; what
// fails is rolled back whole and answered with its error.
import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import type { DatabaseReply, DatabaseRequest } from './database.ts';
import { openDurable } from './durable-file-system.ts';
import { migrate } from './migrate.ts';
import { operations } from './operations.ts';
import { isStorageFull, storageFull } from './storage-full.ts';
import type { Transaction } from './transaction.ts';

const port = parentPort;
assert(port, 'this file runs as a worker');
const { folder, receiptKey } = workerData as { folder: string; receiptKey: string };
const signingKey = createPrivateKey(receiptKey);

async function open(): Promise<PGlite> {
  const opened = await openDurable(folder);
  await migrate(opened);
  return opened;
}

const database = await open().catch((thrown: unknown) => {
  port.postMessage({ failed: toIdlewildError(thrown, 'coordinator/database').toWire() });
  process.exit(1);
});

async function handle(request: DatabaseRequest): Promise<unknown> {
  if (request.kind === 'close') return database.close();
  if (request.kind === 'vacuum') return void (await database.exec('vacuum (analyze)'));
  const operation = operations[request.name] as (
    transaction: Transaction,
    input: unknown,
  ) => Promise<unknown>;
  return database.transaction((pglite) =>
    operation(
      {
        signingKey,
        query: async (sql, parameters) => (await pglite.query(sql, parameters)).rows as never,
      },
      request.input,
    ),
  );
}

let last: Promise<void> = Promise.resolve();
port.on('message', (request: DatabaseRequest) => {
  last = last.then(async () => {
    let reply: DatabaseReply;
    let fatal = false;
    try {
      reply = { id: request.id, value: await handle(request) };
    } catch (thrown) {
      fatal = thrown instanceof Error && thrown.name === 'RuntimeError';
      const error = isStorageFull(thrown)
        ? storageFull(thrown)
        : toIdlewildError(thrown, 'coordinator/database');
      reply = { id: request.id, error: { ...error.toWire(), stack: error.stack ?? '' } };
    }
    port.postMessage(reply);
    // PostgreSQL's own panic: what its memory holds is not to be believed any more.
    if ('error' in reply && fatal) process.exit(1);
  });
});
port.postMessage({ ready: true });
