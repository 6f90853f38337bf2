// One contributor's call as the database sees it: checked by the main thread, not yet weighed.
import type { Backend, ReturnedLease, Totals, VerdictNews } from '#protocol/wire.ts';

/** What shows that a session signed a result: the place that the head of its call gives it. */
export interface Evidence {
  payload: Uint8Array;
  place: number;
  /** Hashes of the path to the head's root, nearest sibling first, 32 bytes each. */
  path: Uint8Array;
  head: Uint8Array;
  /** By the session key, over the head. */
  signature: Uint8Array;
}

/** A result whose digest and output agree, or the fault that it has. */
export interface CheckedResult {
  lease: string;
  unit: Uint8Array;
  model: Uint8Array;
  digest: Uint8Array;
  rows: number;
  backend: Backend;
  outputBlob: string | null;
  evidence: Evidence;
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
    /** The id of the project that it chose; null: any that is open. */
    project: string | null;
    /** The adapter class with which it computes bounded units; null: it computes none. */
    bounded: string | null;
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
  projectId: string;
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

/** Of a session since its last call, in milliseconds: with a lease in hand, and told to wait. */
export interface SessionPresence {
  busyMs: number;
  waitingMs: number;
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
      presence: SessionPresence;
    };
