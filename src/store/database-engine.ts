// What the database's thread asks of either engine: PGlite in the data folder (database-embedded.ts)
// or PostgreSQL over the network (postgres.ts). One SQL text runs on both.
import type { OperationMode } from './database-modes.ts';
import type { Transaction } from './transaction.ts';

export type Query = Transaction['query'];

export interface DatabaseEngine {
  /** Runs in one transaction: what fails is rolled back whole, what resolves is on disk. */
  transaction<Value>(mode: OperationMode, run: (query: Query) => Promise<Value>): Promise<Value>;
  /** Looks after dead rows and the planner's statistics. */
  vacuum(): Promise<void>;
  /** Waits for what runs. */
  close(): Promise<void>;
}
