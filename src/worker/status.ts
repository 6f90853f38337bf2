// What the contributor's worker tells the page, and what the page may ask of it.
import type { AccountAnswer, BindAnswer, RevokeAnswer } from '#protocol/account-wire.ts';
import type { WireError } from '#protocol/errors.ts';
import type { Backend, Totals } from '#protocol/wire.ts';
import type { Saying } from './sayings.ts';
import type { Signer } from './signer.ts';
import type { VerifyReport, VerifyStep } from './verify-steps.ts';

export type { AccountAnswer, BindAnswer, RevokeAnswer } from '#protocol/account-wire.ts';
export type { Saying, SayingCode } from './sayings.ts';
export type { Signer } from './signer.ts';
export type {
  VerifyCheck,
  VerifyCode,
  VerifyOutcome,
  VerifyReport,
  VerifyStep,
} from './verify-steps.ts';

/**
 * idle → connecting → testing → (loading → working)* ; waiting when the coordinator has no unit;
 * paused while `pauses` is not empty; stopping → stopped hands leases back; failed says why in
 * `error`.
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

/**
 * Why nothing computes. `user`: pressed Pause, or Finish; `hidden`, `battery`, `idle` (the visitor
 * uses the machine), `pressure` and `schedule`: by the settings; `offline`: the coordinator cannot
 * be reached, and all that was held is computed; `quota`: a cap of the settings is reached.
 */
export type PauseReason =
  | 'user'
  | 'hidden'
  | 'battery'
  | 'pressure'
  | 'idle'
  | 'schedule'
  | 'offline'
  | 'quota';

/** When it may compute, by this machine's clock. */
export interface WeeklyHours {
  /** Days on which it begins, 0 for Sunday. */
  days: number[];
  /** Minutes after midnight; an end that is not after the beginning is on the next day. */
  fromMinute: number;
  toMinute: number;
}

/** What the visitor chose; may change at any time. */
export interface Settings {
  /** Share of time spent computing, 5 to 100. */
  dutyPercent: number;
  /** How many compute at once: 1 to workersMax. On WebGPU there is one. */
  workers: number;
  onlyVisible: boolean;
  onlyMains: boolean;
  /** Only while the visitor does not use the machine. */
  onlyIdle: boolean;
  /** Pauses while other programs need the processor, where the browser tells. */
  heedPressure: boolean;
  /** Null: at any time. */
  schedule: WeeklyHours | null;
  /** What models may take of the disk; 0 means as much as the browser gives, to 1 GiB. */
  diskBytesMax: number;
  /** What may be fetched in a day of this machine's clock; 0 means without a limit. */
  dailyBytesMax: number;
  /** A project's id; null lets the coordinator choose. */
  project: string | null;
}

export const defaultSettings: Settings = {
  dutyPercent: 60,
  workers: 1,
  onlyVisible: false,
  onlyMains: false,
  onlyIdle: false,
  heedPressure: false,
  schedule: null,
  diskBytesMax: 0,
  dailyBytesMax: 0,
  project: null,
};

/** What only a page can observe; null where this browser does not say. */
export interface Conditions {
  visible: boolean;
  onMains: boolean | null;
  userActive: boolean | null;
}

/** Why this backend: chosen by ?backend=, found by looking, or what is left after a failure. */
export type WhyCode = 'chosen' | 'auto-hardware' | 'auto-software' | 'auto-none' | 'fell-back';

export interface ContributorStatus {
  phase: Phase;
  /** One plain sentence, such as "Waiting: no unit needs this device now." */
  message: string;
  /** The same as a code and values, for any language. */
  saying: Saying;
  error: WireError | null;
  /** Why it is paused; empty otherwise. */
  pauses: PauseReason[];
  /** Finish was asked for, and units are still on the device. */
  finishing: boolean;
  /** As they are in force now. */
  settings: Settings;
  device: { backend: Backend; adapter: string; why: string; whyCode: WhyCode } | null;
  /** How many compute now, and how many the settings may ask for on this machine and device. */
  workersRunning: number;
  workersMax: number;
  account: { address: string; kind: 'wallet' | 'device' } | null;
  totals: Totals;
  /** Units finished by this worker since Start, and their rows. */
  units: number;
  rows: number;
  /** Over the last minute of working time; 0 before the first unit. */
  rowsPerSecond: number;
  multiplyAddsPerSecond: number;
  /** Percent of the last minute that each worker really computed; null before the first. */
  dutyMeasured: number | null;
  /** Results finished and not yet acknowledged by the coordinator. */
  outbox: number;
  /** Models kept by this browser. */
  diskBytes: number;
  /** Since midnight by this machine's clock. */
  today: { downloadedBytes: number };
  download: { done: number; total: number; remainingMs: number | null } | null;
  /** The unit on the device now; of several, the one that began first. */
  unit: UnitProgress | null;
  /** What is being computed and for whom, from the last lease. */
  project: string | null;
  projectId: string | null;
  model: string | null;
  /** The batch that the current unit belongs to. */
  batch: { unitsDone: number; unitsTotal: number; remainingMs: number | null } | null;
  /** The newest verdicts first, at most 50. */
  verdicts: VerdictLine[];
  retryAfterMs: number;
  /** Whether it computes less than its level, because the page's frames were late. */
  yielding: boolean;
  /** Until the consent given with this session runs out; null while it is not known. */
  consentExpiresInMs: number | null;
}

/** Before Start, on both sides. */
export const idleStatus: ContributorStatus = {
  phase: 'idle',
  message: 'Not started.',
  saying: { code: 'idle/not-started', values: {} },
  error: null,
  pauses: [],
  finishing: false,
  settings: defaultSettings,
  device: null,
  workersRunning: 0,
  workersMax: 1,
  account: null,
  totals: { accepted: 0, pending: 0, rejected: 0, credit: 0, creditPending: 0, creditHeld: 0 },
  units: 0,
  rows: 0,
  rowsPerSecond: 0,
  multiplyAddsPerSecond: 0,
  dutyMeasured: null,
  outbox: 0,
  diskBytes: 0,
  today: { downloadedBytes: 0 },
  download: null,
  unit: null,
  project: null,
  projectId: null,
  model: null,
  batch: null,
  verdicts: [],
  retryAfterMs: 0,
  yielding: false,
  consentExpiresInMs: null,
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
  settings: Settings;
  /** How long ago the visitor agreed to CONSENT_VERSION; none for just now. */
  consentAgeMs?: number;
}

/** What deleteData has done; receipts stay in the log, under the account's address alone. */
export interface DeletedData {
  /** Whose data it was; null where no session was left to say so. */
  account: string | null;
  /** False without a session that lives: the coordinator was not asked then. */
  atCoordinator: boolean;
}

/** The worker's face, over comlink. */
export interface Contributor {
  start(options: StartOptions, signer: Signer | null): Promise<void>;
  /** Adds `user` to the reasons to pause: the unit on the device is held, the others go back. */
  pause(): Promise<void>;
  /** Takes `user` from the reasons; ends a Finish as well. */
  resume(): Promise<void>;
  /** Computes what is on the device, hands back the others, sends, and then pauses. */
  finish(): Promise<void>;
  /**
   * Resolves within a second, and nothing computes any more then. Leases go back meanwhile, or
   * soon after where the coordinator is slow; finished results that it did not take are kept.
   */
  stop(): Promise<void>;
  /**
   * The page is about to sleep or to go (`freeze`, `pagehide`): everything held is handed back at
   * once, and nothing computes until `comeBack`.
   */
  leave(): Promise<void>;
  /** The page is awake again (`resume`, `pageshow`): the run goes on. */
  comeBack(): Promise<void>;
  setSettings(settings: Settings): Promise<void>;
  tellConditions(conditions: Conditions): Promise<void>;
  /**
   * How the page's frames do, about once a second while it is seen and something computes: the
   * share of the time that passed in late ones, 0 to 1; null while nobody sees it.
   */
  tellFrames(lateShare: number | null): Promise<void>;
  /** Called at most ten times a second. */
  subscribe(listener: (status: ContributorStatus) => void): Promise<void>;
  clearCache(): Promise<void>;
  /**
   * What the coordinator has of this browser's account: of the run, or of the last session.
   * @param days of history, 0 to 90
   * @throws session/none without a session that lives: Start opens one. All four below do so too.
   */
  account(days: number): Promise<AccountAnswer>;
  /**
   * Counts this browser's device account for the wallet, for good: both sign. It takes no more
   * leases from then on: the next start is the wallet's.
   * @throws binding/..., wallet/..., session/none, session/not-device
   */
  bind(wallet: Signer): Promise<BindAnswer>;
  /**
   * Stops, and ends all sessions of the wallet, here and elsewhere, by its word alone: no session of
   * this browser is needed. @throws revocation/..., wallet/...
   */
  revoke(wallet: Signer): Promise<RevokeAnswer>;
  /**
   * Stops, ends the consent of every session of the account, and forgets the session here. Where
   * the coordinator cannot be reached it throws, and may be asked again.
   */
  withdraw(): Promise<void>;
  /**
   * Stops, has the coordinator delete what names the person, and deletes all that this worker keeps
   * in the browser: models, keys, session, finished results. A device account's key goes as well.
   * @param scope `here` leaves the coordinator out, for when it cannot be reached
   */
  deleteData(scope: 'everywhere' | 'here'): Promise<DeletedData>;
  /** Checks the receipt of a lease that this visit was told of. The listener hears every step. */
  verify(lease: string, listener: (step: VerifyStep) => void): Promise<VerifyReport>;
}
