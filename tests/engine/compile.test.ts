// Every kernel compiles on Dawn's null backend: no GPU is needed. And what a caller is told where
// there is none, or too little of one. Every kind of attention is in heads.e2e.test.ts.
import { afterAll, describe, expect, test } from 'vitest';
import { create, globals } from 'webgpu';
import { createWebgpuBackend, type WebgpuOptions } from '#engine/backend.ts';
import { openDevice } from '#engine/device.ts';
import { canRun, type LinearName, linearKinds, variants } from '#engine/variants.ts';
import { makeSyntheticEncoder, syntheticConfig } from '#model/synthetic.ts';

Object.assign(globalThis, globals);

/** Kept for the whole run: Dawn crashes the process once its instance is collected. */
const gpu = create(['backend=null']);
const kept = globalThis as { dawn?: GPU };
kept.dawn = gpu;

afterAll(() => {
  delete kept.dawn;
});

const plain = { variant: 'unpacked' };

const tunings: WebgpuOptions[] = [];
for (const linear of Object.keys(linearKinds) as LinearName[]) {
  if (linear === 'subgroup') continue;
  for (const rowLanes of [1, 4, 64, 256]) {
    tunings.push({ linear, rowLanes, lanes: rowLanes, groupColumns: 16, groupRows: 4 });
  }
  tunings.push({ linear, groupColumns: 3, groupRows: 1, rowLanes: 7, lanes: 5 });
}

describe('on the null backend', () => {
  test.each(tunings)('all kernels compile: %o', async (tuning) => {
    const backend = await createWebgpuBackend(gpu, tuning);
    expect(backend.tuning).toMatchObject(tuning);
    expect(backend.choice).toBeNull();
    backend.destroy();
  });

  test.each(variants)('variant $name compiles', async ({ name, linear }) => {
    const engine = await openDevice(gpu);
    const canCompile = canRun(engine, linear);
    engine.device.destroy();
    const opened = createWebgpuBackend(gpu, { variant: name });
    if (canCompile) (await opened).destroy();
    else await expect(opened).rejects.toMatchObject({ code: 'engine/no-variant' });
  });

  test('a variant that does not exist is refused', async () => {
    await expect(createWebgpuBackend(gpu, { variant: 'fastest' })).rejects.toMatchObject({
      code: 'engine/no-variant',
    });
  });

  test('computes nothing, so that every variant is refused', async () => {
    const refusal = await createWebgpuBackend(gpu).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'engine/wrong-bytes', retryable: false });
    expect(refusal.message).toMatch(/packed, .*float/);
  });

  test('a model is uploaded, and lets go', async () => {
    const backend = await createWebgpuBackend(gpu, plain);
    const encoder = await backend.createEncoder(makeSyntheticEncoder(1));
    encoder.destroy();
    await expect(encoder.encode([Uint32Array.of(1)])).rejects.toMatchObject({
      code: 'engine/destroyed',
    });
    backend.destroy();
  });

  test('a model that the device cannot bind is refused before it is made', async () => {
    const backend = await createWebgpuBackend(gpu, { ...plain, groupTokensMax: 2 ** 28 });
    await expect(backend.createEncoder(makeSyntheticEncoder(1))).rejects.toMatchObject({
      code: 'engine/out-of-memory',
    });
    backend.destroy();
  });

  test('a device that is gone makes no encoder', async () => {
    const backend = await createWebgpuBackend(gpu, plain);
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
