// The rows that a verdict is about, as settle.ts loads them and its neighbours write them back.
import type { WalletCheck } from '#protocol/receipt.ts';
import type { Grant } from '#protocol/wire.ts';
import type { Draw, Policy } from '#validator/policy.ts';
import type { Evidence } from './work-item.ts';

/** What every operation that may end in a verdict is told. */
export interface VerdictOptions {
  now: number;
  rules: Policy;
  /** Of the draws (draw.ts). */
  secret: string;
  /** Accounts of the operator's own: their word is the coordinator's. */
  named: readonly string[];
}

/** Inside one transaction. */
export interface VerdictContext {
  now: number;
  rules: Policy;
  draw: Draw;
  named: readonly string[];
}

/** The coordinator's own result for a unit. */
export interface Recomputed {
  digest: Uint8Array;
  outputBlob: string;
}

/** Of a batch and exact; asking for rows of others again; of a batch and bounded. */
export const unitKinds = ['work', 'audit', 'bounded'] as const;

/** A batch's money, one object for all that a transaction charges it with. */
export interface Purse {
  /** The ledger account that its work is paid from; null: its project's. */
  payer: string | null;
  /** Credits; null: without bound. */
  reserved: number | null;
  spent: number;
}

/** A row of an audit unit, and the batch that bears its share. */
interface AuditedShare {
  batch: string;
  purse: Purse | null;
  /** Multiply-adds. */
  cost: number;
}

export interface UnitRow {
  id: number;
  kind: number;
  batch_id: string | null;
  project_id: string;
  digest: Uint8Array;
  model: Uint8Array;
  row_count: number;
  cost: number;
  state: number;
  level: number;
  wanted: number;
  /** Results without a verdict. */
  answered: number;
  output_digest: Uint8Array | null;
  output_blob: string | null;
  expected_digest: Uint8Array | null;
  lines_alone: number;
  rows_open: number;
  holder_account: string | null;
  holder_backend: string | null;
  recalled: boolean;
  /** Credits for 10^9 multiply-adds, locked by its first lease; null before that. */
  rate: number | null;
  /** Of an audit whose rows' batches have one; null: its project's. */
  payer: string | null;
  /** Its batch was cancelled or has expired: nobody computes it again. */
  ending: boolean;
  /** Anyone may read its batch. */
  open: boolean;
  /** Of its batch. */
  purse?: Purse;
  /** Of an audit, once its rows have been read. */
  shares?: readonly AuditedShare[];
}

/** But for what its batch says of it (load-units.ts). */
export const unitColumns = `units.id, units.kind, units.batch_id, units.project_id, units.digest,
  units.model, units.row_count, units.cost, units.state, units.level, units.wanted, units.answered,
  units.output_digest, units.output_blob, units.expected_digest, units.lines_alone,
  units.rows_open, units.holder_account, units.holder_backend, units.recalled,
  units.rate, units.payer`;

export interface ResultRow {
  lease_id: string;
  unit_id: number;
  session_id: string;
  account_id: string;
  backend: string;
  digest: Uint8Array;
  output_blob: string | null;
  state: number;
  /** Where it was loaded to be shown by a receipt. */
  evidence?: KeptEvidence;
}

/** Place, path and head are null where it was signed alone, as it was on wire 1. */
export type KeptEvidence = Pick<Evidence, 'payload' | 'signature'> & {
  [Field in 'place' | 'path' | 'head']: Evidence[Field] | null;
};

export const evidenceColumns = 'payload, signature, place, path, head';

/** A result that is in no table yet: it is written once, with its first verdict. */
export interface Arrival extends ResultRow {
  evidence: Evidence;
  /** Whether its lease was open until now. */
  leased: boolean;
  /** Credit that it earns if it is accepted. */
  worth: number;
}

/** Under which a session signs. */
export interface SignedGrant {
  grant: Grant;
  wallet_signature: Uint8Array;
  /** Null of an ordinary account. */
  wallet_check: WalletCheck | null;
}

/** What a receipt shows of a result. */
export interface SignedResult extends ResultRow, SignedGrant {
  evidence: KeptEvidence;
}

/** A result proved wrong, and the coordinator's digest that proves it. */
export interface Conviction {
  account: string;
  lease: string;
  unit: number;
  /** Null for the whole unit. */
  place: number | null;
  digest: Uint8Array;
  truth: Uint8Array;
}

/** One result's new state, whoever decided it. */
export interface ResultChange {
  lease: string;
  account: string;
  from: number;
  to: 'pending' | 'held' | 'accepted' | 'rejected';
  code: string;
  message: string;
  credit: number;
  /** What it would earn, or earns. */
  worth: number;
  receipt: string | null;
}
