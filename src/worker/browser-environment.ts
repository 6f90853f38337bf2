// A real browser around the contributor. Everything that is heavy (engine, kernels, oracle, wallet
// code) is fetched when it is first needed, after Start.
import { createBrowserCache } from '#cache/browser-cache.ts';
import { createTuningMemory } from '#cache/tuning-memory.ts';
import type { ExactBackend } from '#model/backend.ts';
import { ARITHMETIC } from '#protocol/wire.ts';
import { deviceSigner } from '#wallet/device-signer.ts';
import { browserBounded } from './bounded-browser.ts';
import { signals } from './browser-signals.ts';
import { type Caution, describeAdapter, orderBackends } from './choose-backend.ts';
import { createWasm } from './create-wasm.ts';
import type { Clock, Environment } from './environment.ts';
import type { StartOptions } from './status.ts';

const { origin } = self.location;

const clock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const fail = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', fail);
        resolve();
      }, ms);
      signal?.addEventListener('abort', fail, { once: true });
    }),
  breathe: makeBreathe(),
};

/** A message to itself: nested timers wait 4 ms each, which would be 8 % of a slice. */
function makeBreathe(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}

async function createWebgpu(caution: Caution): Promise<ExactBackend> {
  const { createWebgpuBackend } = await import('#engine/backend.ts');
  return createWebgpuBackend(navigator.gpu, { ...caution, memory, isHasty: true });
}

async function findBackends(preference: StartOptions['backend']) {
  const gpu = navigator.gpu as GPU | undefined;
  const adapter =
    preference === 'wasm'
      ? null
      : await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  const create = { webgpu: createWebgpu, wasm: createWasm };
  return orderBackends(preference, describeAdapter(adapter ?? null)).map((choice) => ({
    ...choice,
    create: create[choice.name],
  }));
}

let count = (_bytes: number) => {};

const { store, shards, erase } = createBrowserCache({
  onReceived: (bytes) => count(bytes),
  url: (sha256) => `${origin}/v1/shards/${sha256}`,
  sleep: clock.sleep,
});

// A build's scripts carry their digests in their names, those that they import included.
const memory = createTuningMemory(store, `${ARITHMETIC} ${import.meta.url}`);

export const browserEnvironment: Environment = {
  origin,
  fetch: (input, init) => fetch(input, init),
  clock,
  random: Math.random,
  store,
  shards,
  erase,
  findBackends,
  signals,
  bounded: browserBounded,
  crew: {
    // One core is left for the page and whatever else runs.
    get workersMax() {
      return Math.max(1, navigator.hardwareConcurrency - 1);
    },
    async create() {
      const { createMember } = await import('./create-member.ts');
      return createMember();
    },
  },
  watchDownloads(listener) {
    count = listener;
  },
  async createOracle() {
    const { createReferenceBackend } = await import('#reference/encoder.ts');
    return createReferenceBackend();
  },
  deviceSigner: () => deviceSigner(store),
  async exclusive(name, signal, { onBusy, work }) {
    const isFree = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
    if (isFree) return;
    onBusy();
    await navigator.locks.request(name, { signal }, work);
  },
};
