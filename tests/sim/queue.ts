// What the simulation asks of a queue, in the words of the contributors' one call. The in-memory
// queue (memory-queue.ts) answers it by the pure functions of src/validator; the differential run
// asks the real one, over SQL, the same, and compares.
import type { Level } from '#validator/policy.ts';
import type { ResultState, UnitState } from '#validator/states.ts';

/** `unit` counts the units of batches in the order they were made; row places within a unit. */
export type Content = { unit: number; rows: number } | { audit: { unit: number; row: number }[] };

export interface LeaseNews {
  lease: string;
  content: Content;
  /** When the lease runs out. */
  expiresAt: number;
}

export interface GivenResult {
  lease: string;
  /** One digest of a unit of a batch; of an audit one for each row. */
  digests: readonly string[];
}

export interface WorkCall {
  account: string;
  now: number;
  results: readonly GivenResult[];
  returns: readonly { lease: string; reason: 'stopped' | 'failed' }[];
  /** Leases whose verdict is asked. */
  awaiting: readonly string[];
  want: number;
  /** The project that it chose; null: any that is open. */
  project: string | null;
  /** Rows a second. */
  speed: number;
}

export interface WorkNews {
  /** Of results and awaited leases, in order. */
  verdicts: { state: ResultState; code: string; credit: number }[];
  leases: LeaseNews[];
  suspended: boolean;
}

export interface NewBatch {
  /** One of projects.ts; the main one where it is missing. */
  project?: string;
  units: number;
  rows: number;
  level: Level;
  now: number;
}

/** A queue's whole state in plain values, equal exactly for equal queues. */
export interface QueueState {
  units: {
    kind: 'work' | 'audit';
    state: UnitState;
    wanted: number;
    leased: number;
    answered: number;
    rowsOpen: number;
    releaseAt: number | null;
    digest: string | null;
    /** `account state result`, sorted. */
    leases: string[];
    /** `row state auditor`, sorted. */
    rows: string[];
  }[];
  accounts: {
    id: string;
    run: number;
    held: number;
    confirmed: number;
    drawn: number;
    audits: number;
    convictions: number;
    banned: boolean;
    credit: number;
    /** What results would earn that are pending, and those that are held. */
    creditPending: number;
    creditHeld: number;
  }[];
  batches: { done: number; held: number; rowsOpen: number; over: boolean }[];
}

export interface Queue {
  addAccount(id: string, address: string): Promise<void> | void;
  addBatch(batch: NewBatch): Promise<void> | void;
  work(call: WorkCall): Promise<WorkNews> | WorkNews;
  /** Leases that ran out, audits that nobody took, contributors that left. */
  passTime(now: number): Promise<void> | void;
  /** Audit units are made of the rows that wait. */
  compose(now: number): Promise<void> | void;
  /** The coordinator computes what waits for it. @returns rows computed */
  partner(now: number): Promise<number> | number;
  state(): Promise<QueueState> | QueueState;
}
