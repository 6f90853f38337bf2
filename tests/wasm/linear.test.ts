// assembly/linear.ts, strassen.ts and tile.ts against the oracle: odd numbers of rows, every shift,
// widest sums.
import { beforeAll, describe, expect, test } from 'vitest';
import type { LinearWeights } from '#model/encoder.ts';
import { makeRandom } from '#model/synthetic.ts';
import { addRows, linear, type QuantizedRow } from '#reference/rows.ts';
import { packWeight } from '#wasm/plain-lane.ts';
import { makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

type Pick = (random: (bound: number) => number) => number;
const anyWeight: Pick = (random) => random(255) - 127;
const anyInput: Pick = (random) => random(255) - 127;
/** Most rows have a small scale; exponents span what |x| ≤ 2^21 can give. */
const exponents = [-15, -9, -3, -2, -1, 0, 1, 3, 6];

function makeLinear(inputs: number, outputs: number, shift: number, pick = anyWeight) {
  const random = makeRandom(inputs * 31 + outputs + shift);
  const weights: LinearWeights = {
    inputs,
    outputs,
    weight: Int8Array.from({ length: inputs * outputs }, () => pick(random)),
    scale: Uint16Array.from({ length: outputs }, (_, n) => (n % 5 === 0 ? 65535 : random(65536))),
    shift,
    bias: Int32Array.from({ length: outputs }, () => random(2 ** 22) - 2 ** 21),
    outliers: new Uint16Array(),
  };
  return weights;
}

function makeInputs(rows: number, inputs: number, pick = anyInput): QuantizedRow[] {
  const random = makeRandom(rows * 7 + inputs);
  return Array.from({ length: rows }, (_, row) => ({
    q: Int32Array.from({ length: inputs }, () => pick(random)),
    m: 32768 + random(32768),
    e: exponents[(row + inputs / 16) % exponents.length],
  }));
}

/** Both forms of the kernel against the oracle. */
function expectLinear(weights: LinearWeights, rows: QuantizedRow[]) {
  const { inputs, outputs, shift } = weights;
  const count = rows.length;
  const rounded = Math.ceil(count / 10) * 10;
  const q = new Int16Array(rounded * inputs).fill(-9);
  rows.forEach((row, index) => {
    q.set(row.q, index * inputs);
  });
  const packed = new Uint8Array(inputs * outputs);
  packWeight(weights, packed);
  const before = makeActivations('any', count * outputs, makeRandom(count));
  const operands = [
    bench.put(q),
    bench.place((5 * rounded * inputs) / 2),
    bench.put(Uint32Array.from(rows, ({ m }) => m)),
    bench.put(Int32Array.from(rows, ({ e }) => e)),
    count,
    bench.put(packed),
    bench.put(weights.scale),
    bench.put(weights.bias),
    shift,
    inputs,
    outputs,
    bench.place(56 * inputs),
    bench.place(7 * 16 * rounded),
  ] as const;
  const y = bench.place(4 * count * outputs);
  const sum = bench.put(before);
  bench.kernels.linear(...operands, y);
  bench.kernels.linearResidual(...operands, sum);
  rows.forEach((row, index) => {
    const expected = linear(row, weights);
    const at = 4 * index * outputs;
    expect(bench.words(y + at, outputs), `row ${index}`).toEqual(expected);
    const residual = addRows(before.slice(index * outputs, (index + 1) * outputs), expected);
    expect(bench.words(sum + at, outputs), `residual, row ${index}`).toEqual(residual);
  });
  bench.clear();
}

describe('linear and linearResidual', () => {
  test.each([
    [1, 16, 16],
    [2, 48, 16],
    [3, 64, 192],
    [5, 384, 48],
    [9, 1024, 32],
    [7, 4096, 16],
    [64, 80, 96],
  ])('%i rows, %i inputs, %i outputs', (rows, inputs, outputs) => {
    expectLinear(makeLinear(inputs, outputs, 36), makeInputs(rows, inputs));
  });

  test.each([24, 30, 31, 32, 33, 34, 40, 48])('a shift of %i', (shift) => {
    // The norm asks that 2^31 is not reached: weights shrink as the shift does.
    const weights = makeLinear(64, 16, shift, (random) =>
      shift < 33 ? random(3) - 1 : anyWeight(random),
    );
    if (shift < 33) weights.scale = weights.scale.map((_, n) => (n * 5) % 64);
    expectLinear(weights, makeInputs(18, 64));
  });

  test.each([
    ['all -127 by all -127', () => -127, () => -127],
    ['all -127 by all 127', () => -127, () => 127],
    ['zeros', () => 0, () => 0],
    ['outliers at 16256 by 127', () => 127, () => 16256],
    ['outliers at -16256 by 127', () => 127, () => -16256],
    ['shifted inputs at 255 by -127', () => -127, () => 255],
  ])('%s', (_, weight, input) => {
    const longest = Math.abs(input()) > 255 ? 64 : 4096;
    expectLinear(makeLinear(longest, 16, 46, weight), makeInputs(5, longest, input));
  });
});
