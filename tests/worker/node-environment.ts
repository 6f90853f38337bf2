// The contributor's environment in Node: memory for its store and cache, a clock whose sleeps pass
// at once, a fixed device key, and any backend that a test wants.
import { setTimeout } from 'node:timers/promises';
import type { StoredResult } from '#cache/database.ts';
import { createShardCache } from '#cache/shard-cache.ts';
import type { Store } from '#cache/store.ts';
import type { ExactBackend } from '#model/backend.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { deviceSigner } from '#wallet/device-signer.ts';
import type { BoundedMaker } from '#worker/bounded-maker.ts';
import type { BackendChoice } from '#worker/choose-backend.ts';
import type { Clock, CrewMaker, Environment, Signals } from '#worker/environment.ts';

export function memoryStore(): Store & { erase(): void; size(): number } {
  const keys = new Map<string, unknown>();
  const results = new Map<string, StoredResult>();
  return {
    get: async (key) => keys.get(key),
    async set(key, value) {
      keys.set(key, value);
    },
    async remove(key) {
      keys.delete(key);
    },
    async increment(key, above) {
      const next = Math.max(Number(keys.get(key) ?? 0), above) + 1;
      keys.set(key, next);
      return next;
    },
    results: async () => [...results.values()].sort((a, b) => a.order - b.order),
    async putResult(result) {
      results.set(result.lease, result);
    },
    async removeResults(leases) {
      for (const lease of leases) results.delete(lease);
    },
    size: () => keys.size + results.size,
    erase() {
      keys.clear();
      results.clear();
    },
  };
}

/** Real time, but for sleeps: they pass at once, in the order of their ends. */
class FastClock implements Clock {
  #slept = 0;
  readonly #sleepers = new Set<{ at: number; wake(): void }>();
  #turning = false;

  now = () => performance.now() + this.#slept;
  wallMs = () => this.now();
  breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const fail = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', fail);
        resolve();
      };
      const sleeper = { at: this.now() + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', fail, { once: true });
      this.#turn();
    });

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    // A macrotask or two, so that whatever can still happen now does.
    setImmediate(() =>
      setImmediate(() => {
        this.#turning = false;
        const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
        if (!next) return;
        this.#sleepers.delete(next);
        this.#slept += Math.max(0, next.at - this.now());
        next.wake();
        if (this.#sleepers.size > 0) this.#turn();
      }),
    );
  }
}

export function choice(backend: ExactBackend, name: 'webgpu' | 'wasm' = 'wasm'): BackendChoice {
  const why = `${name}, as the test says.`;
  return { name, why, whyCode: 'chosen', create: async () => backend };
}

export interface NodeParts {
  origin: string;
  fetch: typeof fetch;
  clock?: Clock;
  store?: Store & { erase?(): void };
  /** Files of the shard cache, so that a second environment finds them. */
  files?: Map<string, Bytes>;
  backends?: BackendChoice[];
  signals?: Signals;
  crew?: CrewMaker;
  bounded?: BoundedMaker;
}

const quietSignals: Signals = {
  isOnline: () => true,
  watchNetwork: () => () => {},
  watchPressure: () => () => {},
};

export function nodeEnvironment(parts: NodeParts): Environment {
  const { origin, fetch } = parts;
  const clock = parts.clock ?? new FastClock();
  const store: NodeParts['store'] & Store = parts.store ?? memoryStore();
  let count = (_bytes: number) => {};
  const onReceived = (bytes: number) => count(bytes);
  const files = parts.files ?? new Map();
  const shards = memoryShards({ origin, fetch, clock, files, onReceived });
  return {
    origin,
    fetch,
    clock,
    random: () => 0.5,
    store,
    shards,
    async erase() {
      await shards.clear();
      store.erase?.();
    },
    signals: parts.signals ?? quietSignals,
    crew: parts.crew ?? { workersMax: 1, create: async () => createReferenceBackend() },
    ...(parts.bounded ? { bounded: parts.bounded } : {}),
    watchDownloads(listener) {
      count = listener;
    },
    findBackends: async () => parts.backends ?? [choice(createReferenceBackend())],
    createOracle: async () => createReferenceBackend(),
    deviceSigner: () => deviceSigner(store),
    exclusive: (_name, _signal, { work }) => work(),
  };
}

interface ShardParts {
  origin: string;
  fetch: typeof fetch;
  clock: Clock;
  files: Map<string, Bytes>;
  onReceived(bytes: number): void;
}

function memoryShards({ origin, fetch, clock, files, onReceived }: ShardParts) {
  const entries = new Map<string, { bytes: number; usedAt: number }>();
  return createShardCache({
    fetch,
    url: (sha256) => `${origin}/v1/shards/${sha256}`,
    // Real time: what watches for a stalled transfer must not pass at once.
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }),
    wallMs: clock.wallMs,
    now: clock.now,
    onReceived,
    estimate: async () => ({ quota: 1 << 30, usage: 0 }),
    exclusive: (_name, _signal, work) => work(),
    files: async () => ({
      kind: 'opfs',
      read: async (name) => files.get(name) ?? null,
      async write(name, bytes) {
        files.set(name, bytes);
      },
      async remove(name) {
        files.delete(name);
      },
    }),
    index: {
      all: async () => new Map(entries),
      async put(name, entry) {
        entries.set(name, entry);
      },
      async remove(name) {
        entries.delete(name);
      },
    },
  });
}
