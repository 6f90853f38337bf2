// Every kernel, at every specialization, compiles on Dawn's null backend: no GPU is needed. And
// what a caller is told where there is none, or too little of one.
import { afterAll, describe, expect, test } from 'vitest';
import { create, globals } from 'webgpu';
import { createWebgpuBackend, type WebgpuOptions } from '#engine/backend.ts';
import { openDevice } from '#engine/device.ts';
import { createKernels } from '#engine/kernels.ts';
import { makeSyntheticEncoder, syntheticConfig } from '#model/synthetic.ts';

Object.assign(globalThis, globals);

/** Kept for the whole run: Dawn crashes the process once its instance is collected. */
const gpu = create(['backend=null']);
const kept = globalThis as { dawn?: GPU };
kept.dawn = gpu;

afterAll(() => {
  delete kept.dawn;
});

const tunings: WebgpuOptions[] = [];
for (const packedDot of [true, false]) {
  for (const rowLanes of [1, 4, 64, 256]) {
    tunings.push({ packedDot, rowLanes, lanes: rowLanes, groupColumns: 16, groupRows: 4 });
  }
  tunings.push({ packedDot, groupColumns: 3, groupRows: 1, rowLanes: 7, lanes: 5 });
}

describe('on the null backend', () => {
  test.each(tunings)('all kernels compile: %o', async (tuning) => {
    const backend = await createWebgpuBackend(gpu, tuning);
    expect(backend.tuning).toEqual(tuning);
    backend.destroy();
  });

  test.each([true, false])('attend compiles for every head size, packed: %s', async (packedDot) => {
    const engine = await openDevice(gpu);
    const tuning = { packedDot, rowLanes: 64, lanes: 64, groupColumns: 16, groupRows: 4 };
    const kernels = await createKernels(engine, tuning);
    for (let headWords = 1; headWords <= 16; headWords++) {
      await expect(kernels.attend(headWords)).resolves.toHaveProperty('pipeline');
    }
    engine.device.destroy();
  });

  test('a model is uploaded, and lets go', async () => {
    const backend = await createWebgpuBackend(gpu);
    const encoder = await backend.createEncoder(makeSyntheticEncoder(1));
    encoder.destroy();
    await expect(encoder.encode([Uint32Array.of(1)])).rejects.toMatchObject({
      code: 'engine/destroyed',
    });
    backend.destroy();
  });

  test('a model that the device cannot bind is refused before it is made', async () => {
    const backend = await createWebgpuBackend(gpu, { groupTokensMax: 2 ** 28 });
    await expect(backend.createEncoder(makeSyntheticEncoder(1))).rejects.toMatchObject({
      code: 'engine/out-of-memory',
    });
    backend.destroy();
  });

  test('a device that is gone makes no encoder', async () => {
    const backend = await createWebgpuBackend(gpu);
    backend.destroy();
    await backend.device.lost;
    await expect(
      backend.createEncoder(makeSyntheticEncoder(1, syntheticConfig)),
    ).rejects.toMatchObject({ code: 'engine/device-lost', retryable: true });
  });
});

test('without WebGPU or an adapter the error says what to do', async () => {
  const none = { requestAdapter: async () => null } as unknown as GPU;
  for (const absent of [undefined, none]) {
    const refusal = await createWebgpuBackend(absent).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'engine/no-adapter', retryable: false });
    expect(refusal.message).toMatch(/--enable-unsafe-webgpu/);
  }
});
