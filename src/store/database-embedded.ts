// PGlite in the data folder: one connection, so one transaction after another, whatever their modes.
// Statements are parsed and planned once, and their values go in binary (wire-protocol.ts).
import type { PGlite } from '@electric-sql/pglite';
import { assert } from '#protocol/errors.ts';
import type { DatabaseEngine, Query } from './database-engine.ts';
import { type OnSyncFailed, openDurable } from './durable-file-system.ts';
import { migrate } from './migrate.ts';
import {
  noRows,
  prepare,
  type Reply,
  type RowsAsked,
  readReply,
  run,
  type Statement,
  simpleQuery,
  toStatement,
} from './wire-protocol.ts';

export async function openEmbedded(
  folder: string,
  onSyncFailed?: OnSyncFailed,
): Promise<DatabaseEngine> {
  const database = await openDurable(folder, onSyncFailed);
  await migrate({
    exec: (sql) => database.exec(sql),
    query: async (sql, parameters) => (await database.query(sql, parameters)).rows as never,
  });
  const { query, say } = createClient(database);
  return {
    async transaction(mode, work) {
      say(mode === 'survey' ? 'begin; set local enable_seqscan = on' : 'begin');
      try {
        const value = await work(query);
        // PostgreSQL answers the commit of a failed transaction with a rollback, and with no error.
        assert(say('commit').tag === 'COMMIT', 'what an operation resolves with is committed');
        return value;
      } catch (thrown) {
        rollBack(say, thrown);
        throw thrown;
      }
    },
    async vacuum() {
      await database.exec('vacuum (analyze)');
    },
    close: () => database.close(),
  };
}

/** PGlite after a panic answers nothing more: its own fault is the one to be told. */
function rollBack(say: (sql: string) => unknown, thrown: unknown): void {
  if (thrown instanceof Error && thrown.name === 'RuntimeError') return;
  say('rollback');
}

function createClient(database: PGlite) {
  const statements = new Map<string, Statement>();

  function send(message: Buffer, asked: RowsAsked = noRows): Reply {
    const { buffer, byteOffset, length } = database.execProtocolRawSync(message);
    const reply = readReply(Buffer.from(buffer, byteOffset, length), asked);
    if (reply.fault) throw reply.fault;
    return reply;
  }

  function find(sql: string): Statement {
    const known = statements.get(sql);
    if (known) return known;
    const name = `idlewild_${statements.size}`;
    const statement = toStatement(name, send(prepare(name, sql)));
    statements.set(sql, statement);
    return statement;
  }

  const query: Query = async (sql, parameters = []) => {
    const statement = find(sql);
    assert(statement.parameters.length === parameters.length, 'a statement gets its parameters');
    return send(run(statement, parameters), statement).rows as never;
  };
  return { query, say: (sql: string) => send(simpleQuery(sql)) };
}
