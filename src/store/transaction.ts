// What an operation on the database may use, inside its one transaction.
import type { Purse, ResultChange } from './settlement.ts';
import type { Tally } from './tally.ts';

type Row = Record<string, unknown>;

export type WrittenResult = Pick<
  ResultChange,
  'account' | 'to' | 'code' | 'message' | 'credit' | 'receipt'
>;

export interface Transaction {
  query<R = Row>(sql: string, parameters?: unknown[]): Promise<R[]>;
  /** Statements sent whose answers nobody has waited for yet (send.ts). */
  unanswered?: Promise<unknown>[];
  /** Where it is given, results as this transaction has left them, by lease. */
  written?: Map<string, WrittenResult>;
  /** What batches have paid, by their id, this transaction's own charges with it (charge.ts). */
  purses?: Map<string, Purse>;
  /** Where it is given, what is decided is counted there (tally.ts). */
  tally?: Tally;
}
