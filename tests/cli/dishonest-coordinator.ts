// A coordinator whose operator has laid hands on its database and has taken out the check at boot,
// which would have refused it: the real routes over the altered data of a real run.
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import Fastify from 'fastify';
import pino from 'pino';
import type { Context } from '#coordinator/context.ts';
import { addLogRoutes } from '#coordinator/log-routes.ts';
import { openModelStore } from '#coordinator/model-store.ts';
import { addPublicRoutes } from '#coordinator/page-routes.ts';
import { openReceiptLog } from '#coordinator/receipt-log.ts';
import { addShardRoutes } from '#coordinator/shard-routes.ts';
import { openBlobStore } from '#store/blob-store.ts';
import type { Database } from '#store/database.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { operations } from '#store/operations.ts';
import type { Transaction } from '#store/transaction.ts';

/** Whoever owns the database may switch off what forbids changes. */
const unlock = ['receipts', 'postings', 'transfers', 'log_groups'].map(
  (table) => `alter table ${table} disable trigger user;`,
);

function createDatabase(pglite: PGlite): Database {
  const run = (name: string, input: unknown) =>
    pglite.transaction((inner) => {
      const operation = operations[name as keyof typeof operations] as unknown as (
        transaction: Transaction,
        input: unknown,
      ) => Promise<unknown>;
      const query = async (sql: string, parameters?: unknown[]) =>
        (await inner.query(sql, parameters)).rows as never;
      return operation({ query } as unknown as Transaction, input);
    });
  return { run } as unknown as Database;
}

/**
 * @param tamper SQL, over a copy of the folder of a coordinator that was closed
 * @param later SQL after the log has gone on from there
 */
export async function openDishonest(dataFolder: string, tamper: string, later = '') {
  const copy = `${dataFolder}-dishonest`;
  await rm(copy, { recursive: true, force: true });
  await cp(dataFolder, copy, { recursive: true });
  const pglite = await openDurable(path.join(copy, 'database'));
  await pglite.exec(unlock.join('\n'));
  await pglite.exec(tamper);
  const database = createDatabase(pglite);
  const receiptLog = await openReceiptLog(database, { dataFolder: copy });
  while (await receiptLog.step());
  await pglite.exec(later);
  while (await receiptLog.step());
  const context = {
    database,
    receiptLog,
    blobs: await openBlobStore(path.join(copy, 'blobs')),
    models: await openModelStore(path.join(copy, 'models'), []),
    now: Date.now,
    log: pino({ level: 'silent' }),
    origin: () => 'http://localhost',
    defaultProject: { name: '', words: '' },
    receiptKey: new Uint8Array(32),
    closing: () => false,
  } as unknown as Context;
  const server = Fastify();
  addPublicRoutes(server, context);
  addShardRoutes(server, context);
  addLogRoutes(server, context);
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    address,
    async close() {
      await server.close();
      await pglite.close();
      await rm(copy, { recursive: true });
    },
  };
}
