// PGlite in the data folder: one connection, so one transaction after another, whatever their modes.
import type { DatabaseEngine, Query } from './database-engine.ts';
import { type OnSyncFailed, openDurable } from './durable-file-system.ts';
import { migrate } from './migrate.ts';

export async function openEmbedded(
  folder: string,
  onSyncFailed?: OnSyncFailed,
): Promise<DatabaseEngine> {
  const database = await openDurable(folder, onSyncFailed);
  await migrate({
    exec: (sql) => database.exec(sql),
    query: async (sql, parameters) => (await database.query(sql, parameters)).rows as never,
  });
  return {
    transaction: (mode, run) =>
      database.transaction(async (pglite) => {
        if (mode === 'survey') await pglite.exec('set local enable_seqscan = on');
        const query: Query = async (sql, parameters) =>
          (await pglite.query(sql, parameters)).rows as never;
        return run(query);
      }),
    async vacuum() {
      await database.exec('vacuum (analyze)');
    },
    close: () => database.close(),
  };
}
