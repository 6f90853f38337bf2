// The contributor of a real tab, with a stopwatch around every slice of its backend.
import * as Comlink from 'comlink';
import type { Encoder, ExactBackend } from '#model/backend.ts';
import { browserEnvironment } from '#worker/browser-environment.ts';
import { createContributor } from '#worker/contributor.ts';
import type { StartOptions } from '#worker/status.ts';

/** One slice: when it ended, and how long it took, in milliseconds. */
export interface TimedSlice {
  at: number;
  ms: number;
}

let slices: TimedSlice[] = [];

function timed(good: Encoder): Encoder {
  return {
    async encode(rows, options) {
      const { onSlice } = options ?? {};
      if (!onSlice) return good.encode(rows, options);
      let start = performance.now();
      return good.encode(rows, {
        async onSlice(progress) {
          const at = performance.now();
          slices.push({ at, ms: at - start });
          await onSlice(progress);
          start = performance.now();
        },
      });
    },
    destroy: () => good.destroy(),
  };
}

const watched = (backend: ExactBackend): ExactBackend => ({
  name: backend.name,
  adapter: backend.adapter,
  createEncoder: async (weights) => timed(await backend.createEncoder(weights)),
  destroy: () => backend.destroy(),
});

const contributor = createContributor({
  ...browserEnvironment,
  async findBackends(preference) {
    const choices = await browserEnvironment.findBackends(preference);
    return choices.map((choice) => ({
      ...choice,
      create: async (caution) => watched(await choice.create(caution)),
    }));
  },
});

const face = {
  async start(options: StartOptions): Promise<void> {
    slices = [];
    await contributor.start(options, null);
  },
  stop: () => contributor.stop(),
  /** Those since the last call. */
  takeSlices(): { slices: TimedSlice[]; now: number } {
    const taken = slices;
    slices = [];
    return { slices: taken, now: performance.now() };
  },
};

export type PaceFace = typeof face;

Comlink.expose(face);
