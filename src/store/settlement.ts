// What the judge said of one unit, with the rows that it looked at: passed from settle.ts to those
// that write it down.
import type { Judgement } from '#validator/judge.ts';

export const unitStates = ['open', 'arbitrating', 'done', 'withdrawn'] as const;
export const resultStates = ['pending', 'accepted', 'rejected'] as const;

/** The coordinator's own result for a unit. */
export interface Recomputed {
  digest: Uint8Array;
  outputBlob: string;
}

export interface UnitRow {
  id: number;
  batch_id: string;
  project_id: string;
  digest: Uint8Array;
  model: Uint8Array;
  cost: number;
  state: number;
  wanted: number;
  output_digest: Uint8Array | null;
  lines_alone: number;
}

export interface ResultRow {
  lease_id: string;
  unit_id: number;
  session_id: string;
  account_id: string;
  backend: string;
  digest: Uint8Array;
  output_blob: string | null;
  payload: Uint8Array;
  signature: Uint8Array;
  state: number;
  wallet_grant: Uint8Array;
  wallet_signature: Uint8Array;
}

export interface Settlement {
  unit: UnitRow;
  results: ResultRow[];
  judgement: Judgement;
  recomputed: Recomputed | null;
}
