// A process that starts a PostgreSQL, says where it is, and would go on for ever: a test ends it.
import { startPostgres } from './postgres-server.ts';

export interface PostgresReply {
  /** Of a database on it. */
  url: string;
}

const server = await startPostgres();
const reply: PostgresReply = { url: await server.makeDatabase() };
process.send?.(reply);
setInterval(() => {}, 1_000);
