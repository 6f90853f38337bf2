// All that the contributor's loop takes from the world. main.ts gives it a browser's; a test gives
// it Node's, so that the loop runs in-process against a real coordinator.
import type { ShardCache } from '#cache/shard-cache.ts';
import type { Store } from '#cache/store.ts';
import type { ExactBackend } from '#model/backend.ts';
import type { BoundedMaker } from './bounded-maker.ts';
import type { BackendChoice } from './choose-backend.ts';
import type { Pressure } from './pressure-gate.ts';
import type { Signer, StartOptions } from './status.ts';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970 by this machine, for what must outlive a reload. */
  wallMs(): number;
  /** @throws the signal's reason when it is aborted first */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets messages and network events in: a macrotask, without a timer's delay. */
  breathe(): Promise<void>;
}

/** What the worker itself can observe. */
export interface Signals {
  /** False only where the browser knows that there is no network. */
  isOnline(): boolean;
  /** Told after every change of that. @returns how to end it */
  watchNetwork(listener: () => void): () => void;
  /** Told of the processor's, where the browser says. @returns how to end it */
  watchPressure(listener: (pressure: Pressure) => void): () => void;
}

/** Further workers of this one, that each compute in WASM. */
export interface CrewMaker {
  /** How many may compute at once on this machine. */
  workersMax: number;
  /** One more, not yet tested; its `destroy` ends it. */
  create(): Promise<ExactBackend>;
}

export interface Environment {
  /** The coordinator's origin, which grants are bound to. */
  origin: string;
  fetch: typeof fetch;
  clock: Clock;
  /** 0 to 1, for jitter. */
  random(): number;
  store: Store;
  shards: ShardCache;
  signals: Signals;
  crew: CrewMaker;
  /** Missing where no bounded unit is computed. */
  bounded?: BoundedMaker;
  /** Deletes all that this worker keeps in the browser: models, keys, session, results. */
  erase(): Promise<void>;
  /** Has the listener told of every byte of a shard that comes over the network. */
  watchDownloads(listener: (bytes: number) => void): void;
  /** Backends worth trying, the best first, each with the reason for its place. */
  findBackends(preference: StartOptions['backend']): Promise<BackendChoice[]>;
  createOracle(): Promise<ExactBackend>;
  /** The signer of a visitor without a wallet. */
  deviceSigner(): Signer;
  /** Runs `work` while no other tab of this browser does; `onBusy` if that means to wait. */
  exclusive(name: string, signal: AbortSignal, hooks: ExclusiveHooks): Promise<void>;
}

interface ExclusiveHooks {
  onBusy(): void;
  work(): Promise<void>;
}
