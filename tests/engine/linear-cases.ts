// Cases for the linear kernels: odd numbers of tokens and outputs, the shortest and the longest
// sums, every epilogue, and values that saturate.
import type { LinearWeights } from '#model/encoder.ts';
import { makeRandom } from '#model/synthetic.ts';
import { makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { ACTIVATION_MAX, gelu, tanh } from '#reference/arithmetic.ts';
import { addRows, linear, quantizeRow, quantizeShiftedRow } from '#reference/rows.ts';
import {
  around,
  type KernelCase,
  makeRow,
  packBytes,
  packRow,
  packScale,
  pickColumns,
} from './kernel-case.ts';

const before = 1;
const after = 2;
const geluTable = makeGeluTable();
const tanhTable = makeTanhTable();

interface LinearCase {
  tokens: number;
  inputs: number;
  outputs: number;
  outliers: number;
  shift: number;
  epilogue: 'none' | 'gelu' | 'add' | 'tanh';
  isShifted?: boolean;
  /** Every weight and input at its limit, with equal signs. */
  isExtreme?: boolean;
}

function makeWeights(given: LinearCase): LinearWeights {
  const { inputs, outputs, outliers, shift, isExtreme } = given;
  const random = makeRandom(inputs + outputs);
  return {
    inputs,
    outputs,
    shift,
    weight: Int8Array.from({ length: inputs * outputs }, (_, at) => {
      if (isExtreme) return Math.floor(at / inputs) % 2 === 0 ? 127 : -127;
      return random(255) - 127;
    }),
    scale: Uint16Array.from({ length: outputs }, () => 32768 + random(32768)),
    bias: Int32Array.from({ length: outputs }, () => random(20_001) - 10_000),
    outliers: pickColumns(inputs, outliers, inputs),
  };
}

/** [vectors of 16 inputs, outputs], the outliers' columns first. */
function packWeights({ inputs, outputs, weight, outliers }: LinearWeights): number[] {
  const columns: (number | null)[] = [...outliers];
  while (columns.length % 16 !== 0) columns.push(null);
  for (let k = 0; k < inputs; k++) columns.push(k);
  const bytes: number[] = [];
  for (let k = 0; k < columns.length; k += 16) {
    for (let n = 0; n < outputs; n++) {
      for (const column of columns.slice(k, k + 16)) {
        bytes.push(column === null ? 0 : weight[n * inputs + column]);
      }
    }
  }
  return packBytes(bytes);
}

function packChannels(weights: LinearWeights, isShifted: boolean): number[] {
  const { inputs, outputs, weight, scale, bias } = weights;
  return Array.from({ length: outputs }, (_, n) => {
    const row = weight.subarray(n * inputs, (n + 1) * inputs);
    return [scale[n], bias[n], isShifted ? 128 * row.reduce((sum, value) => sum + value, 0) : 0];
  }).flat();
}

function makeCase(given: LinearCase): KernelCase {
  const { tokens, inputs, outputs, outliers, shift, epilogue, isShifted = false } = given;
  const weights = makeWeights(given);
  const inputRows = Array.from({ length: tokens }, (_, token) => {
    const row = makeRow(token + inputs, inputs, 2 ** (8 + ((5 * token) % 14)) - 1);
    if (given.isExtreme) row.fill(ACTIVATION_MAX);
    return isShifted ? row.map((value) => Math.max(value, -696)) : row;
  });
  const quantized = inputRows.map((row) =>
    isShifted ? quantizeShiftedRow(row) : quantizeRow(row, weights.outliers),
  );
  const present = Array.from({ length: tokens }, (_, token) => makeRow(token, outputs));
  const expected = quantized.map((row, token) => {
    const y = linear(row, weights);
    if (epilogue === 'gelu') return y.map((value) => gelu(value, geluTable));
    if (epilogue === 'tanh') return y.map((value) => tanh(value, tanhTable));
    return epilogue === 'add' ? addRows(present[token], y) : y;
  });
  const packed = quantized.map((row) =>
    isShifted ? packBytes(row.q.map((u) => u - 128)) : packRow(row, weights.outliers),
  );
  const planes = Math.ceil(outliers / 16);
  const epilogues = { none: 0, gelu: 1, add: 2, tanh: 3 };
  return {
    name:
      `linear ${tokens}×${inputs}×${outputs}, ${outliers} outliers, shift ${shift}, ${epilogue}` +
      `${isShifted ? ', shifted' : ''}${given.isExtreme ? ', extreme' : ''}`,
    run: {
      kernel: 'linear',
      shape: [planes + inputs / 16, planes, outputs, shift, epilogues[epilogue]],
      range: [before, before + tokens],
      grid: { kind: 'perTile', of: outputs },
      storage: [
        around(packed, before, after),
        around(
          quantized.map((row) => [packScale(row)]),
          before,
          after,
        ),
        packWeights(weights),
        packChannels(weights, isShifted),
        epilogue === 'tanh' ? [...tanhTable] : [...geluTable],
        around(
          present.map((row) => [...row]),
          before,
          after,
        ),
      ],
      outputs: [5],
    },
    expected: around(
      expected.map((row) => [...row]),
      before,
      after,
    ),
  };
}

export function makeLinearCases(): KernelCase[] {
  const plain = { tokens: 5, inputs: 64, outputs: 33, outliers: 0, shift: 34 } as const;
  return [
    { ...plain, tokens: 1, inputs: 16, outputs: 1, epilogue: 'none' } as const,
    { ...plain, epilogue: 'none' } as const,
    { ...plain, epilogue: 'gelu', shift: 36 } as const,
    { ...plain, epilogue: 'add' } as const,
    { ...plain, epilogue: 'tanh', shift: 37 } as const,
    { ...plain, epilogue: 'tanh', shift: 30, outputs: 7 } as const,
    { ...plain, tokens: 37, inputs: 48, outputs: 131, outliers: 4, epilogue: 'none' } as const,
    { ...plain, tokens: 9, inputs: 384, outputs: 70, outliers: 20, epilogue: 'gelu' } as const,
    { ...plain, inputs: 1024, outliers: 64, shift: 36, epilogue: 'none' } as const,
    { ...plain, inputs: 4096, shift: 40, isShifted: true, epilogue: 'add' } as const,
    { ...plain, inputs: 32, shift: 28, isExtreme: true, epilogue: 'none', outputs: 4 } as const,
    {
      ...plain,
      inputs: 4096,
      shift: 36,
      isExtreme: true,
      isShifted: true,
      epilogue: 'add',
    } as const,
    { ...plain, inputs: 1024, shift: 48, isExtreme: true, outliers: 64, epilogue: 'none' } as const,
  ].map(makeCase);
}
