// The contributor's own loop in Node, computing real weights in WASM: what a tab runs, without a
// browser around it, so that a test can make one lie.
import { setTimeout } from 'node:timers/promises';
import { readKernels } from '#cli/build-kernels.ts';
import type { ExactBackend } from '#model/backend.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Clock } from '#worker/environment.ts';
import { type ContributorStatus, defaultSettings } from '#worker/status.ts';
import { choice, memoryStore, nodeEnvironment } from '../worker/node-environment.ts';

const realClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, signal ? { signal } : {}),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

/** Self-tests compute small vocabularies. */
const realVocabularyMin = 30_000;

/** An honest backend whose outputs of real models carry one flipped bit: self-tests do not see it. */
function lying(backend: ExactBackend): ExactBackend {
  return {
    ...backend,
    name: backend.name,
    adapter: backend.adapter,
    async createEncoder(weights) {
      const encoder = await backend.createEncoder(weights);
      return {
        async encode(rows, options) {
          const output = await encoder.encode(rows, options);
          if (weights.config.vocabularySize > realVocabularyMin) output[output.length - 1] ^= 1;
          return output;
        },
        destroy: () => encoder.destroy(),
      };
    },
    destroy: () => backend.destroy(),
  };
}

export interface NodeContributor {
  status(): ContributorStatus;
  /** Resolves with the first status that fits; rejects when the contributor fails. */
  until(fits: (status: ContributorStatus) => boolean): Promise<ContributorStatus>;
  stop(): Promise<void>;
}

export async function contribute(origin: string, lies = false): Promise<NodeContributor> {
  const honest = await createWasmBackend(await readKernels());
  const backend = lies ? lying(honest) : honest;
  const contributor = createContributor(
    nodeEnvironment({
      origin,
      fetch,
      clock: realClock,
      store: memoryStore(),
      backends: [choice(backend)],
    }),
  );
  let last: ContributorStatus | null = null;
  const waiting = new Set<(status: ContributorStatus) => void>();
  await contributor.subscribe((status) => {
    last = status;
    for (const hear of waiting) hear(status);
  });
  await contributor.start(
    {
      backend: 'wasm',
      unitsMax: 0,
      settings: { ...defaultSettings, dutyPercent: 100 },
    },
    null,
  );
  return {
    status: () => {
      if (!last) throw new Error('No status was heard yet.');
      return last;
    },
    until: (fits) =>
      new Promise((resolve, reject) => {
        const hear = (status: ContributorStatus) => {
          const failed = status.phase === 'failed';
          if (!failed && !fits(status)) return;
          waiting.delete(hear);
          if (fits(status)) resolve(status);
          else reject(new Error(status.message));
        };
        waiting.add(hear);
        if (last) hear(last);
      }),
    stop: () => contributor.stop(),
  };
}
