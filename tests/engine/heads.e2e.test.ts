// Attention for every kind of head compiles on Dawn's null backend, where no GPU is needed.
import { afterAll, expect, test } from 'vitest';
import { create, globals } from 'webgpu';
import { createWebgpuBackend } from '#engine/backend.ts';
import { PipelineCache } from '#engine/compile.ts';
import { openDevice } from '#engine/device.ts';
import { createKernels } from '#engine/kernels.ts';

Object.assign(globalThis, globals);

/** Kept for the whole run: Dawn crashes the process once its instance is collected. */
const gpu = create(['backend=null']);
const kept = globalThis as { dawn?: GPU };
kept.dawn = gpu;

afterAll(() => {
  delete kept.dawn;
});

test.each(['packed', 'unpacked', 'float'] as const)(
  'attend compiles for every kind of head, %s',
  async (linear) => {
    const backend = await createWebgpuBackend(gpu, { linear });
    const engine = await openDevice(gpu);
    const kernels = await createKernels(new PipelineCache(engine), backend.tuning);
    for (let headWords = 1; headWords <= 64; headWords++) {
      for (const isBiased of [false, true]) {
        const kernel = kernels.attend({ headWords, isBiased });
        await expect(kernel).resolves.toHaveProperty('pipeline');
      }
    }
    backend.destroy();
    engine.device.destroy();
  },
);
