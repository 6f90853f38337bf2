// Cases for the kernels that work on one token's row: embed, norm, the quantizers, pool.
import { makeRandom } from '#model/synthetic.ts';
import { ACTIVATION_MAX, requantize, saturate } from '#reference/arithmetic.ts';
import { normalizeRow, quantizeRow, quantizeShiftedRow } from '#reference/rows.ts';
import {
  around,
  fill,
  type KernelCase,
  makeRow,
  packBytes,
  packRow,
  packScale,
  pickColumns,
} from './kernel-case.ts';

const A = ACTIVATION_MAX;

/** Tokens before and after the range, which must stay as they are. */
const before = 2;
const after = 3;

function rangeOf(rows: unknown[]): [number, number] {
  return [before, before + rows.length];
}

/** Rows at the edges of what a norm or a quantizer may meet. */
function edgeRows(width: number): Int32Array[] {
  const row = (value: (column: number) => number) =>
    Int32Array.from({ length: width }, (_, c) => value(c));
  return [
    row(() => 0),
    row(() => A),
    row(() => -A),
    row((column) => (column % 2 === 0 ? A : -A)),
    row((column) => (column === width - 1 ? A : 0)),
    row((column) => (column === 0 ? -1 : 0)),
    row((column) => (column % 3) - 1),
    makeRow(width, width),
    makeRow(width + 1, width, 300),
    makeRow(width + 2, width, 40_000),
  ];
}

function normCase(width: number, shift: number): KernelCase {
  const random = makeRandom(width + shift);
  const signed = (most: number) => random(2 * most + 1) - most;
  const gamma = Int32Array.from({ length: width }, (_, column) =>
    column % 5 === 0 ? 0 : signed(65535),
  );
  gamma[1] = 65535;
  gamma[2] = -65535;
  const beta = Int32Array.from({ length: width }, () => signed(A));
  // Below 24, a large gamma leaves i32: the importer never makes such a norm.
  const small = shift < 24 ? gamma.map((value) => value >> (24 - shift)) : gamma;
  const rows = edgeRows(width);
  const weights = { gamma: small, shift, beta };
  const words = [...small].flatMap((value, column) => [value, beta[column]]);
  return {
    name: `norm, width ${width}, shift ${shift}`,
    run: {
      kernel: 'norm',
      shape: [width, shift],
      range: rangeOf(rows),
      grid: { kind: 'perToken' },
      storage: [
        around(
          rows.map((row) => [...row]),
          before,
          after,
        ),
        words,
      ],
      outputs: [0],
    },
    expected: around(
      rows.map((row) => [...normalizeRow(row, weights)]),
      before,
      after,
    ),
  };
}

function quantizeCase(width: number, count: number): KernelCase {
  const outliers = pickColumns(width, count, width);
  const rows = edgeRows(width);
  // One giant outlier over small columns: both planes at their limits.
  if (count > 0) {
    const giant = makeRow(3, width, 50);
    outliers.forEach((column, index) => {
      giant[column] = index % 2 === 0 ? A : -A;
    });
    rows.push(giant);
  }
  const quantized = rows.map((row) => quantizeRow(row, outliers));
  const bits = new Array<number>(width / 16).fill(0);
  for (const column of outliers) bits[column >> 4] |= 1 << (column & 15);
  const planes = Math.ceil(count / 16);
  const packed = quantized.map((row) => packRow(row, outliers));
  return {
    name: `quantize, width ${width}, ${count} outliers`,
    run: {
      kernel: 'quantize',
      shape: [width / 16, planes, count],
      range: rangeOf(rows),
      grid: { kind: 'perToken' },
      storage: [
        around(
          rows.map((row) => [...row]),
          before,
          after,
        ),
        [...bits, ...outliers],
        fill((before + rows.length + after) * packed[0].length),
        fill(before + rows.length + after),
      ],
      outputs: [2, 3],
    },
    expected: [
      ...around(packed, before, after),
      ...around(
        quantized.map((row) => [packScale(row)]),
        before,
        after,
      ),
    ],
  };
}

function shiftedCase(width: number): KernelCase {
  const rows = edgeRows(width).map((row) => row.map((value) => Math.max(value, -696)));
  const quantized = rows.map(quantizeShiftedRow);
  return {
    name: `quantize_shifted, width ${width}`,
    run: {
      kernel: 'quantizeShifted',
      shape: [width / 16],
      range: rangeOf(rows),
      grid: { kind: 'perToken' },
      storage: [
        around(
          rows.map((row) => [...row]),
          before,
          after,
        ),
        fill(((before + rows.length + after) * width) / 4),
        fill(before + rows.length + after),
      ],
      outputs: [1, 2],
    },
    expected: [
      ...around(
        quantized.map(({ q }) => packBytes(q.map((u) => u - 128))),
        before,
        after,
      ),
      ...around(
        quantized.map((row) => [packScale(row)]),
        before,
        after,
      ),
    ],
  };
}

function embedCase(width: number, shift: number): KernelCase {
  const random = makeRandom(width);
  const vocabulary = 7;
  const positions = 5;
  const words = Array.from({ length: vocabulary * width }, () => random(255) - 127);
  const scale = Array.from({ length: vocabulary }, () => 32768 + random(32768));
  const table = Array.from({ length: positions }, (_, p) => [...makeRow(p, width, A)]);
  const tokens = [6, 0, 3, 3, 5];
  const rows = tokens.map((token, position) =>
    table[position].map((value, d) =>
      saturate(requantize(words[token * width + d], scale[token], shift) + value),
    ),
  );
  const spans = tokens.map((token, position) => [
    scale[token],
    position,
    before,
    before + tokens.length,
  ]);
  const fetched = tokens.map((token) => packBytes(words.slice(token * width, (token + 1) * width)));
  return {
    name: `embed, width ${width}, shift ${shift}`,
    run: {
      kernel: 'embed',
      shape: [width / 4, shift],
      range: rangeOf(rows),
      grid: { kind: 'perColumn', of: width / 4 },
      storage: [
        around(spans, before, after),
        around(fetched, before, after),
        table.flat(),
        fill((before + rows.length + after) * width),
      ],
      outputs: [3],
    },
    expected: around(rows, before, after),
  };
}

/** pool.wgsl's three, from a row's tokens. */
const poolings = {
  sum: (tokens: number[][]) => sumTokens(tokens),
  first: (tokens: number[][]) => tokens[0],
  mean: (tokens: number[][]) =>
    sumTokens(tokens).map((sum) =>
      Math.floor((sum + Math.floor(tokens.length / 2)) / tokens.length),
    ),
};

function sumTokens(tokens: number[][]): number[] {
  return tokens[0].map((_, d) => tokens.reduce((sum, token) => sum + token[d], 0));
}

function poolCase(
  width: number,
  lengths: number[],
  pooling: keyof typeof poolings = 'sum',
): KernelCase {
  const rows: number[][] = [];
  const bounds: number[][] = [];
  const expected: number[][] = [];
  for (const length of lengths) {
    const tokens = Array.from({ length }, (_, token) => [...makeRow(rows.length + token, width)]);
    if (length === 512) for (const token of tokens) token.fill(A);
    if (length === 511) for (const token of tokens) token.fill(-A);
    bounds.push([rows.length, rows.length + length]);
    expected.push(poolings[pooling](tokens));
    rows.push(...tokens);
  }
  return {
    name: `pool, ${pooling}, width ${width}, ${lengths.length} rows`,
    run: {
      kernel: 'pool',
      shape: [width, Object.keys(poolings).indexOf(pooling)],
      range: [0, lengths.length],
      grid: { kind: 'perColumn', of: width },
      storage: [bounds.flat(), rows.flat(), fill((lengths.length + after) * width)],
      outputs: [2],
    },
    expected: around(expected, 0, after),
  };
}

export function makeRowCases(): KernelCase[] {
  return [
    embedCase(16, 6),
    embedCase(96, 1),
    embedCase(48, 40),
    normCase(16, 24),
    normCase(48, 1),
    normCase(384, 30),
    normCase(1024, 40),
    quantizeCase(16, 0),
    quantizeCase(48, 4),
    quantizeCase(384, 20),
    quantizeCase(1024, 64),
    shiftedCase(16),
    shiftedCase(144),
    shiftedCase(4096),
    poolCase(16, [1, 2, 512]),
    poolCase(80, [3, 1, 1, 7]),
    poolCase(48, [3, 1, 20], 'first'),
    poolCase(16, [1, 2, 3, 512, 6, 511, 7], 'mean'),
    poolCase(80, [5, 4], 'mean'),
  ];
}
