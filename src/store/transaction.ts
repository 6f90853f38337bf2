// What an operation on the database may use, inside its one transaction.
import type { KeyObject } from 'node:crypto';

type Row = Record<string, unknown>;

export interface Transaction {
  query<R = Row>(sql: string, parameters?: unknown[]): Promise<R[]>;
  /** Ed25519, for receipts. */
  signingKey: KeyObject;
}
