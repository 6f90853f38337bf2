// One contributor's call as the database sees it: checked by the main thread, not yet weighed.
import type { Backend, ReturnedLease, Totals, VerdictNews } from '#protocol/wire.ts';

/** A result whose signature, digest and output agree, or the fault that it has. */
export interface CheckedResult {
  lease: string;
  /** The session that signed it: an earlier one of the same account after a reload. */
  session: string;
  unit: Uint8Array;
  model: Uint8Array;
  digest: Uint8Array;
  rows: number;
  backend: Backend;
  outputBlob: string | null;
  payload: Uint8Array;
  signature: Uint8Array;
  fault: { code: string; message: string } | null;
}

export interface WorkItem {
  session: string;
  account: string;
  address: string;
  backend: Backend;
  counter: number;
  results: CheckedResult[];
  returns: ReturnedLease[];
  holding: string[];
  awaiting: string[];
  want: {
    units: number;
    /** Digests in hex. */
    models: string[];
    speed: number;
  };
}

export interface GrantedLease {
  lease: string;
  unit: Uint8Array;
  model: Uint8Array;
  rows: number;
  cost: number;
  leaseMs: number;
  inputBlob: string;
  deliver: 'output' | 'digest';
  project: string;
  /** Null for an audit, which spans batches; never told. */
  batch: string | null;
}

export interface WorkReason {
  code: string;
  message: string;
}

export interface BatchProgress {
  project: string;
  unitsDone: number;
  unitsTotal: number;
  remainingMs: number | null;
}

export type WorkOutcome =
  | { kind: 'stale'; counter: number }
  /** The session has ended: its contributor opens another, with a new self-test. */
  | { kind: 'over' }
  | {
      kind: 'answer';
      verdicts: VerdictNews[];
      leases: GrantedLease[];
      reason: WorkReason | null;
      totals: Totals;
      batch: BatchProgress | null;
    };
