// A dense layer in both lanes and both forms of the relaxed dot, from activations to outputs,
// against the oracle: odd numbers of rows, every kind of activation, outliers none to all.
import v8 from 'node:v8';
import { beforeAll, describe, expect, test } from 'vitest';
import { readKernels, relaxedKernels } from '#cli/build-kernels.ts';
import type { LinearWeights } from '#model/encoder.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { makeGeluTable } from '#model/tables.ts';
import { gelu } from '#reference/arithmetic.ts';
import { addRows, linear, quantizeRow, quantizeShiftedRow } from '#reference/rows.ts';
import { compileKernels } from '#wasm/kernels.ts';
import type { Lane } from '#wasm/lane.ts';
import { placeBuffers } from '#wasm/place-buffers.ts';
import { createPlacer, makeGeluTails, type Write } from '#wasm/place-weights.ts';
import { openPlainLane } from '#wasm/plain-lane.ts';
import { createMemoryPlan } from '#wasm/plan.ts';
import { openRelaxedLane } from '#wasm/relaxed-lane.ts';
import { activationKinds, makeActivations } from './workbench.ts';

// Node 20 has relaxed SIMD behind a flag, and its first compiler gets the dot that adds wrong.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
v8.setFlagsFromString('--no-liftoff');

type LaneName = 'plain' | 'pairs' | 'fused';
const names: LaneName[] = ['plain', 'pairs', 'fused'];
const modules = new Map<LaneName, WebAssembly.Module>();
const table = makeGeluTable();

beforeAll(async () => {
  const relaxed = await compileKernels(await readKernels(relaxedKernels));
  modules.set('plain', await compileKernels(await readKernels()));
  modules.set('pairs', relaxed);
  modules.set('fused', relaxed);
});

async function openLane(name: LaneName): Promise<Lane> {
  const module = modules.get(name) as WebAssembly.Module;
  return name === 'plain' ? openPlainLane(module) : openRelaxedLane(module, name);
}

interface Shape {
  inputs: number;
  outputs: number;
  outliers?: number;
  shift?: number;
  weight?: (random: (bound: number) => number) => number;
}

function makeLinear(shape: Shape): LinearWeights {
  const { inputs, outputs, outliers = 0, shift = 36 } = shape;
  const random = makeRandom(inputs * 31 + outputs + outliers);
  const weight = shape.weight ?? ((random) => random(127) - 63);
  return {
    inputs,
    outputs,
    weight: Int8Array.from({ length: inputs * outputs }, () => weight(random)),
    scale: Uint16Array.from({ length: outputs }, (_, n) => (n % 5 ? random(65536) : 65535)),
    shift,
    bias: Int32Array.from({ length: outputs }, () => random(2 ** 22) - 2 ** 21),
    outliers: Uint16Array.from({ length: outliers }, (_, i) => Math.floor((i * inputs) / outliers)),
  };
}

async function openDense(name: LaneName, weights: LinearWeights, rows: Int32Array[]) {
  const lane = await openLane(name);
  const { inputs, outputs } = weights;
  const config = { ...syntheticConfig, hiddenSize: inputs, intermediateSize: inputs, heads: 1 };
  const plan = createMemoryPlan();
  const writes: Write[] = [];
  const placer = createPlacer(plan, writes);
  const buffers = placeBuffers({ ...config, hiddenSize: inputs }, lane.kernels, plan);
  const dense = lane.place(weights, placer, buffers);
  const x = placer.copy(Int32Array.from(rows.flatMap((row) => [...row])));
  const tails = placer.copy(makeGeluTails());
  const y = plan.place(4 * rows.length * outputs);
  plan.reserve(lane.kernels.memory);
  for (const write of writes) write(lane.kernels.memory.buffer);
  const at = (address: number, length: number) =>
    new Int32Array(lane.kernels.memory.buffer, address, length);
  return { dense, x, y, tails, at };
}

async function expectDense(name: LaneName, weights: LinearWeights, rows: Int32Array[]) {
  const { outputs, outliers } = weights;
  const { dense, x, y, tails, at } = await openDense(name, weights, rows);
  const words = (row: number) => at(y + 4 * row * outputs, outputs).slice();
  dense.quantize(x, rows.length);
  dense.multiply(y, rows.length, false);
  const plain = rows.map((row) => linear(quantizeRow(row, outliers), weights));
  plain.forEach((row, index) => {
    expect(words(index), `row ${index}`).toEqual(row);
  });
  dense.multiply(y, rows.length, true);
  plain.forEach((row, index) => {
    expect(words(index), `residual, row ${index}`).toEqual(addRows(row, row));
  });
  if (outliers.length > 0) return;
  dense.activate(x, rows.length, tails);
  dense.multiply(y, rows.length, false);
  rows.forEach((row, index) => {
    const activated = row.map((value) => gelu(value, table));
    const expected = linear(quantizeShiftedRow(activated), weights);
    expect(words(index), `shifted, row ${index}`).toEqual(expected);
  });
}

/** Row by row another kind of activations. */
function makeRows(count: number, inputs: number): Int32Array[] {
  const random = makeRandom(count + inputs);
  return Array.from({ length: count }, (_, row) =>
    makeActivations(activationKinds[row % activationKinds.length], inputs, random),
  );
}

describe.each(names)('a dense layer, %s', (name) => {
  test.each([
    [1, 16, 16, 0],
    [2, 48, 16, 4],
    [3, 64, 192, 64],
    [5, 384, 48, 16],
    [9, 1024, 32, 64],
    [7, 4096, 16, 0],
    [60, 80, 96, 0],
  ])('%i rows, %i inputs, %i outputs, %i outliers', async (rows, inputs, outputs, outliers) => {
    const weights = makeLinear({ inputs, outputs, outliers });
    await expectDense(name, weights, makeRows(rows, inputs));
  });

  test.each([
    ['all -63', 0, () => -63],
    ['all 63', 0, () => 63],
    ['all -63, outliers', 64, () => -63],
    ['all 63, outliers', 64, () => 63],
    ['zeros', 8, () => 0],
  ])('weights %s', async (_, outliers, weight) => {
    const weights = makeLinear({ inputs: 1024, outputs: 16, outliers, shift: 46, weight });
    await expectDense(name, weights, makeRows(8, 1024));
  });

  test.each([33, 40, 48])('a shift of %i', async (shift) => {
    const weights = makeLinear({ inputs: 64, outputs: 16, outliers: 12, shift });
    await expectDense(name, weights, makeRows(18, 64));
  });
});

test('weights of eight bits are not taken by the lane for seven', async () => {
  const weights = makeLinear({ inputs: 16, outputs: 16, weight: () => 64 });
  const message = expect.stringContaining('seven-bit weights');
  await expect(openDense('pairs', weights, makeRows(1, 16))).rejects.toMatchObject({ message });
});
