// What the engine holds, on SwiftShader: nothing is made after an encoder is, memory stays flat
// however many units it computes, and what does not fit is let go of as a whole.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWebgpuBackend } from '#engine/backend.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { openSoftwareGpu } from './software-gpu.ts';
import { type Watch, watchGpu } from './watched-gpu.ts';

let gpu: GPU;

beforeAll(async () => {
  gpu = await openSoftwareGpu();
});

const config = { ...syntheticConfig, hiddenSize: 32, heads: 1, intermediateSize: 32, layers: 1 };
const weights = makeSyntheticEncoder(1, config);
const variant = 'software-float';

/** Counts live buffers: made, and not yet destroyed. */
function countBuffers() {
  const live = new Set<GPUBuffer>();
  const watch: Watch = {
    onBuffer(buffer) {
      live.add(buffer);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        live.delete(buffer);
        return destroy();
      };
    },
  };
  return { live, watch };
}

test('twenty encodes make no buffer, bind group, pipeline or shader', async () => {
  const calls: string[] = [];
  const watch: Watch = { onCall: (name) => calls.push(name) };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), { variant, groupTokensMax: 64 });
  const encoder = await backend.createEncoder(weights);
  expect(calls.filter((name) => name === 'createBuffer').length).toBeGreaterThan(10);
  calls.length = 0;
  for (let turn = 0; turn < 20; turn++) {
    // Four groups, so that both readbacks are used again.
    await encoder.encode(makeSyntheticRows(turn, [60, 30, 40, 64], config.vocabularySize));
  }
  const creations = calls.filter((name) => name.startsWith('create'));
  expect(new Set(creations)).toEqual(new Set(['createCommandEncoder']));
  expect(calls.filter((name) => name === 'mapAsync').length).toBe(20 * 4);
  backend.destroy();
});

test('two submits are in flight across groups, and never more', async () => {
  let flying = 0;
  let most = 0;
  const watch: Watch = {
    onCall(name) {
      if (name === 'submit') most = Math.max(most, ++flying);
    },
  };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), { variant, groupTokensMax: 64 });
  const encoder = await backend.createEncoder(weights);
  const rows = makeSyntheticRows(3, [60, 30, 40, 64, 1, 64], config.vocabularySize);
  const words = await encoder.encode(rows, {
    onSlice: () => {
      flying--;
    },
  });
  expect([...words]).toEqual(rows.flatMap((row) => [...encodeRow(weights, row)]));
  expect(most).toBe(2);
  backend.destroy();
});

test('the vocabulary never goes to the device', async () => {
  const { live, watch } = countBuffers();
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), { variant, groupTokensMax: 64 });
  const wide = { ...config, vocabularySize: 50_000 };
  const large = makeSyntheticEncoder(2, wide);
  const encoder = await backend.createEncoder(large);
  for (const { size } of live) expect(size).toBeLessThan(large.embeddings.words.length / 2);
  const row = Uint32Array.of(49_999, 0, 7, 49_999);
  expect([...(await encoder.encode([row]))]).toEqual([...encodeRow(large, row)]);
  backend.destroy();
});

test('memory stays flat over a thousand units', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { live, watch } = countBuffers();
  const backend = await createWebgpuBackend(watchGpu(gpu, watch), { variant, groupTokensMax: 64 });
  const encoder = await backend.createEncoder(weights);
  const rows = makeSyntheticRows(1, [1, 2], config.vocabularySize);
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const run = async (units: number) => {
    for (let unit = 0; unit < units; unit++) await encoder.encode(rows);
  };
  await run(200);
  const [buffers, bytes] = [live.size, heap()];
  await run(1000);
  expect(live.size).toBe(buffers);
  // A kilobyte for each unit would be a leak; what compilers keep of warm code is far less.
  expect(heap() - bytes).toBeLessThan(1000 * 1024);
  encoder.destroy();
  expect(live.size).toBe(0);
  backend.destroy();
});

describe('out of memory', () => {
  /** A device on which a scope, counted from its making, reports that nothing was left. */
  function starve() {
    const { live, watch } = countBuffers();
    const state = { scopes: 0, starvedAt: -1 };
    watch.onScope = (caught) =>
      state.scopes++ === state.starvedAt ? new GPUOutOfMemoryError('injected') : caught;
    return { live, state, watch };
  }

  test('at any allocation of an encoder it is told, and every buffer is let go', async () => {
    const { live, state, watch } = starve();
    const backend = await createWebgpuBackend(watchGpu(gpu, watch), { variant });
    const before = state.scopes;
    (await backend.createEncoder(weights)).destroy();
    const scopes = state.scopes - before;
    expect(scopes).toBeGreaterThanOrEqual(8);
    for (let turn = 0; turn < scopes; turn++) {
      state.starvedAt = state.scopes + turn;
      await expect(backend.createEncoder(weights)).rejects.toMatchObject({
        code: 'engine/out-of-memory',
        retryable: true,
      });
      expect(live.size).toBe(0);
    }
    // The device itself is well: with memory again, it goes on.
    (await backend.createEncoder(weights)).destroy();
    backend.destroy();
  });

  test('while tuning it is told, and every buffer is let go', async () => {
    const healthy = starve();
    const tuned = await createWebgpuBackend(watchGpu(gpu, healthy.watch));
    tuned.destroy();
    expect(healthy.live.size).toBe(0);
    const { live, state, watch } = starve();
    state.starvedAt = healthy.state.scopes - 1;
    await expect(createWebgpuBackend(watchGpu(gpu, watch))).rejects.toMatchObject({
      code: 'engine/out-of-memory',
      retryable: true,
    });
    expect(live.size).toBe(0);
  });
});
