// What the contributor's worker tells the page, and what the page may ask of it.
import type { WireError } from '#protocol/errors.ts';
import type { Backend, Grant, Totals } from '#protocol/wire.ts';

/**
 * idle → connecting → testing → (loading → working)* ; waiting when the coordinator has no unit;
 * paused and back by the visitor; stopping → stopped hands leases back; failed says why in `error`.
 */
export type Phase =
  | 'idle'
  | 'connecting'
  | 'testing'
  | 'loading'
  | 'working'
  | 'waiting'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'failed';

export interface ContributorStatus {
  phase: Phase;
  /** One plain sentence, such as "Waiting: no unit needs this device now." */
  message: string;
  error: WireError | null;
  device: { backend: Backend; adapter: string; why: string } | null;
  account: { address: string; kind: 'wallet' | 'device' } | null;
  totals: Totals;
  /** Units finished by this worker since Start, and their rows. */
  units: number;
  rows: number;
  /** Over the last minute of working time; 0 before the first unit. */
  rowsPerSecond: number;
  multiplyAddsPerSecond: number;
  /** Results finished and not yet acknowledged by the coordinator. */
  outbox: number;
  cachedBytes: number;
  download: { done: number; total: number; remainingMs: number | null } | null;
  /** The unit on the device now. */
  unit: UnitProgress | null;
  /** What is being computed and for whom, from the last lease. */
  project: string | null;
  model: string | null;
  /** The batch that the current unit belongs to. */
  batch: { unitsDone: number; unitsTotal: number; remainingMs: number | null } | null;
  /** The newest verdicts first, at most 50. */
  verdicts: VerdictLine[];
  retryAfterMs: number;
  /** Whether it computes less than its level, because the page's frames were late. */
  yielding: boolean;
}

/** Before Start, on both sides. */
export const idleStatus: ContributorStatus = {
  phase: 'idle',
  message: 'Not started.',
  error: null,
  device: null,
  account: null,
  totals: { accepted: 0, pending: 0, rejected: 0, credit: 0 },
  units: 0,
  rows: 0,
  rowsPerSecond: 0,
  multiplyAddsPerSecond: 0,
  outbox: 0,
  cachedBytes: 0,
  download: null,
  unit: null,
  project: null,
  model: null,
  batch: null,
  verdicts: [],
  retryAfterMs: 0,
  yielding: false,
};

export interface UnitProgress {
  unit: string;
  rows: number;
  /** First row of the slice just computed, and how many rows it holds. */
  sliceRow: number;
  sliceRows: number;
  layer: number;
  layers: number;
  done: number;
  total: number;
}

export interface VerdictLine {
  unit: string;
  lease: string;
  rows: number;
  state: 'pending' | 'accepted' | 'rejected';
  code: string;
  message: string;
  credit: number;
  receipt: string | null;
}

export interface StartOptions {
  backend: 'auto' | 'webgpu' | 'wasm';
  /** Stops by itself after so many finished units; 0 means never. */
  unitsMax: number;
  /** Share of time spent computing, 5 to 100. */
  dutyPercent: number;
}

/** A wallet as the worker sees it: the page's injected provider, or this browser's device key. */
export interface Signer {
  kind: 'wallet' | 'device';
  address(): Promise<string>;
  /** 65 bytes: r, s, v over grantTypedData(grant). */
  signGrant(grant: Grant): Promise<Uint8Array>;
}

/** The worker's face, over comlink. */
export interface Contributor {
  start(options: StartOptions, signer: Signer | null): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Resolves within a second, and nothing computes any more then. Leases go back meanwhile, or
   * soon after where the coordinator is slow; finished results that it did not take are kept.
   */
  stop(): Promise<void>;
  setDutyPercent(percent: number): Promise<void>;
  /**
   * How the page's frames do, about once a second while it is seen and something computes: the
   * share of the time that passed in late ones, 0 to 1; null while nobody sees it.
   */
  tellFrames(lateShare: number | null): Promise<void>;
  /** Called at most ten times a second. */
  subscribe(listener: (status: ContributorStatus) => void): Promise<void>;
  clearCache(): Promise<void>;
}
