// A device that is taken away at any moment: whoever waits is told engine/device-lost, and nobody
// waits for ever. On Dawn's null backend, which does everything but compute, and on SwiftShader
// where the tuning must find right bytes first.
import { beforeAll, describe, expect, test } from 'vitest';
import { create } from 'webgpu';
import { createWebgpuBackend, type WebgpuOptions } from '#engine/backend.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { openSoftwareGpu } from './software-gpu.ts';
import { type Watch, watchGpu } from './watched-gpu.ts';

let gpu: GPU;
/** Kept for the whole run: Dawn crashes the process once its instance is collected. */
const nothing = create(['backend=null']);
(globalThis as { kept?: GPU }).kept = nothing;

beforeAll(async () => {
  gpu = await openSoftwareGpu();
});

const config = { ...syntheticConfig, hiddenSize: 32, heads: 1, intermediateSize: 32, layers: 1 };
const weights = makeSyntheticEncoder(1, config);
const rows = makeSyntheticRows(1, [40, 30, 50], config.vocabularySize);

/** Open, make an encoder, encode three groups of several slices: all that can be interrupted. */
async function useAll(given: GPU, options: WebgpuOptions) {
  const backend = await createWebgpuBackend(given, { groupTokensMax: 64, sliceMs: 0, ...options });
  const encoder = await backend.createEncoder(weights);
  const words = await encoder.encode(rows);
  backend.destroy();
  return words;
}

/** How often a device is called by each name, over its whole life. */
async function countCalls(options: WebgpuOptions): Promise<Map<string, number>> {
  const calls = new Map<string, number>();
  const onCall = (name: string) => calls.set(name, (calls.get(name) ?? 0) + 1);
  await useAll(watchGpu(nothing, { onCall }), options);
  return calls;
}

function destroyAt(wanted: string, turn: number): Watch {
  let calls = 0;
  return {
    onCall(name, device) {
      if (name === wanted && calls++ === turn) device.destroy();
    },
  };
}

const lost = { code: 'engine/device-lost', retryable: true };

describe('a device destroyed at any moment', () => {
  const options = { variant: 'unpacked' };

  test.each([
    'createShaderModule',
    'createComputePipelineAsync',
    'pushErrorScope',
    'popErrorScope',
    'createBuffer',
    'createBindGroup',
    'createCommandEncoder',
    'writeBuffer',
    'submit',
    'onSubmittedWorkDone',
    'mapAsync',
  ])('before any %s', async (name) => {
    const turns = (await countCalls(options)).get(name)!;
    expect(turns).toBeGreaterThan(0);
    for (let turn = 0; turn < turns; turn++) {
      const used = useAll(watchGpu(nothing, destroyAt(name, turn)), options);
      await expect(used, `${name} ${turn}`).rejects.toMatchObject(lost);
    }
  });

  test('while its variants are asked the known answers', async () => {
    for (const name of ['createBuffer', 'submit', 'mapAsync']) {
      const used = createWebgpuBackend(watchGpu(nothing, destroyAt(name, 0)));
      await expect(used, name).rejects.toMatchObject(lost);
    }
  });

  test('while they are timed', async () => {
    for (const turn of [2, 4]) {
      const used = createWebgpuBackend(watchGpu(gpu, destroyAt('submit', turn)));
      await expect(used, `submit ${turn}`).rejects.toMatchObject(lost);
    }
  });
});

test('a caller that stops is let go after the submits in flight, and the next call computes', async () => {
  const submits: number[] = [];
  let now = 0;
  const watch: Watch = {
    onCall(name) {
      if (name === 'submit') submits.push(now);
    },
  };
  const options = { variant: 'software-float', groupTokensMax: 64, sliceMs: 0 };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), options);
  const encoder = await backend.createEncoder(weights);
  const whole = await encoder.encode(rows);
  submits.length = 0;
  const stop = new Error('stop');
  const onSlice = () => {
    now++;
    if (now === 3) throw stop;
  };
  await expect(encoder.encode(rows, { onSlice })).rejects.toBe(stop);
  // Two before anything was told, at most one after each slice that was let pass, then no more.
  expect(submits.slice(0, 2)).toEqual([0, 0]);
  expect(submits.length).toBeLessThanOrEqual(4);
  expect(Math.max(...submits)).toBeLessThan(3);
  expect(await encoder.encode(rows)).toEqual(whole);
  backend.destroy();
});

test('a caller that rests between slices gets one at a time', async () => {
  let flying = 0;
  let most = 0;
  const watch: Watch = {
    onCall(name) {
      if (name === 'submit') most = Math.max(most, ++flying);
    },
  };
  const options = { variant: 'software-float', groupTokensMax: 64, sliceMs: 0 };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), options);
  const encoder = await backend.createEncoder(weights);
  let slices = 0;
  const onSlice = () => {
    flying--;
    // The second slice was on its way before the first rest.
    if (++slices === 2) most = 0;
    const until = performance.now() + 5;
    while (performance.now() < until);
  };
  await encoder.encode(rows, { onSlice });
  expect(slices).toBeGreaterThan(4);
  expect(most).toBe(1);
  backend.destroy();
});
