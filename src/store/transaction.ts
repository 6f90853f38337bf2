// What an operation on the database may use, inside its one transaction.
import type { KeyObject } from 'node:crypto';
import type { Tally } from './tally.ts';

type Row = Record<string, unknown>;

export interface Transaction {
  query<R = Row>(sql: string, parameters?: unknown[]): Promise<R[]>;
  /** Ed25519, for receipts. */
  signingKey: KeyObject;
  /** Statements sent whose answers nobody has waited for yet (send.ts). */
  unanswered?: Promise<unknown>[];
  /** Where it is given, what is decided is counted there (tally.ts). */
  tally?: Tally;
}
