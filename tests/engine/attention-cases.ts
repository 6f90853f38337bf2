// Cases for heads and attend: rows of one token and of 512 (norm, section 7), every head size that
// the kernels treat differently, flat, peaked and saturated scores, values of unlike scales, with
// and without a bias by distance.
import { ATTENTION_BIAS_MAX, attentionScale } from '#model/architecture.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeRandom, syntheticConfig } from '#model/synthetic.ts';
import { makeExp2Table } from '#model/tables.ts';
import { ACTIVATION_MAX, SCORE_INPUT_MAX, saturate } from '#reference/arithmetic.ts';
import { attend } from '#reference/attention.ts';
import { quantizeRow } from '#reference/rows.ts';
import { around, fill, type KernelCase, makeRow, packBytes, packScale } from './kernel-case.ts';

const after = 2;
const exp2 = makeExp2Table();

interface AttentionCase {
  name: string;
  headSize: number;
  heads: number;
  lengths: number[];
  /** One row of queries, keys and values. */
  row: (token: number, width: number) => Int32Array;
  /** Biases have this magnitude at most; absent where there are none. */
  biasMost?: number;
  /** The longest row's, unless more. */
  tokensMax?: number;
}

/** Whole vectors of 16, zeros at the end. */
function pad(q: Int32Array): Int32Array {
  const padded = new Int32Array(16 * Math.ceil(q.length / 16));
  padded.set(q);
  return padded;
}

/** Queries, keys and values of a token as int8 and scales, from the oracle's quantizer. */
function quantizeHeads(qkv: Int32Array, headSize: number) {
  const rows = Array.from({ length: qkv.length / headSize }, (_, index) => {
    const isValue = index >= (2 * qkv.length) / headSize / 3;
    const limit = isValue ? ACTIVATION_MAX : SCORE_INPUT_MAX;
    const part = qkv.slice(index * headSize, (index + 1) * headSize);
    return quantizeRow(part.map((value) => saturate(value, limit)));
  });
  return { words: rows.flatMap(({ q }) => packBytes(pad(q))), scales: rows.map(packScale) };
}

function makeInputs({ headSize, heads, lengths, row }: AttentionCase) {
  const width = 3 * headSize * heads;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const qkv = Array.from({ length: tokens }, (_, token) => row(token, width));
  return { qkv, quantized: qkv.map((values) => quantizeHeads(values, headSize)) };
}

function headsCase(given: AttentionCase): KernelCase {
  const { headSize, heads } = given;
  const { qkv, quantized } = makeInputs(given);
  const tokens = qkv.length;
  const headWords = headSize / 4;
  return {
    name: `heads, ${given.name}`,
    run: {
      kernel: 'heads',
      shape: [heads, headWords],
      range: [0, tokens],
      grid: { kind: 'perColumn', of: 3 * heads },
      storage: [
        qkv.flatMap((row) => [...row]),
        fill((tokens + after) * 3 * heads * 4 * Math.ceil(headWords / 4)),
        fill((tokens + after) * 3 * heads),
      ],
      outputs: [1, 2],
    },
    expected: [
      ...around(
        quantized.map(({ words }) => words),
        0,
        after,
      ),
      ...around(
        quantized.map(({ scales }) => scales),
        0,
        after,
      ),
    ],
  };
}

/** Also where there are none: what the kernel finds there must not matter then. */
function makeBias({ heads, biasMost = 40_000 }: AttentionCase, distances: number): Int32Array {
  const random = makeRandom(distances);
  const between = () => random(2 * biasMost) - biasMost;
  return Int32Array.from(
    { length: heads * distances },
    () => [biasMost, -biasMost, between()][random(3)],
  );
}

function attendCase(given: AttentionCase): KernelCase {
  const { headSize, heads, lengths, biasMost } = given;
  const { qkv, quantized } = makeInputs(given);
  const hiddenSize = headSize * heads;
  const tokensMax = given.tokensMax ?? Math.max(...lengths);
  const config: EncoderConfig = { ...syntheticConfig, hiddenSize, heads, tokensMax };
  const attention = attentionScale(headSize);
  const isBiased = biasMost !== undefined;
  const bias = makeBias(given, 2 * tokensMax - 1);
  const spans: number[][] = [];
  const expected: number[][] = [];
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    for (let position = 0; position < length; position++) spans.push([0, position, start, end]);
    const tables = { attention, exp2, bias: isBiased ? bias : null };
    const context = attend(qkv.slice(start, end), config, tables);
    expected.push(...context.map((row) => [...row]));
    start = end;
  }
  return {
    name: `attend, ${given.name}`,
    run: {
      kernel: { headWords: headSize / 4, isBiased },
      shape: [heads, attention.mantissa, attention.shift, 2 * tokensMax - 1],
      range: [0, start],
      grid: { kind: 'perHead', of: heads },
      storage: [
        spans.flat(),
        quantized.flatMap(({ words }) => words),
        quantized.flatMap(({ scales }) => scales),
        [...exp2],
        [...bias],
        fill((start + after) * hiddenSize),
      ],
      outputs: [5],
    },
    expected: around(expected, 0, after),
  };
}

/** Queries and keys that agree on every third token, so that softmax is peaked there. */
function peaked(token: number, width: number): Int32Array {
  const row = makeRow(token, width, 60_000);
  const third = width / 3;
  if (token % 3 === 0) row.copyWithin(third, 0, third);
  return row;
}

/** Values whose scales differ by up to 2^21 from token to token. */
function unlike(token: number, width: number): Int32Array {
  const random = makeRandom(token);
  const row = makeRow(token, width, 3000);
  const most = 2 ** random(22);
  return row.map((value, at) => (at < (2 * width) / 3 ? value : makeRandom(at)(most)));
}

function saturated(token: number, width: number): Int32Array {
  return new Int32Array(width).fill(token % 2 ? ACTIVATION_MAX : -ACTIVATION_MAX);
}

const cases: AttentionCase[] = [
  { name: 'rows of 1 and 2', headSize: 32, heads: 2, lengths: [1, 2, 1], row: peaked },
  { name: 'a row of 512', headSize: 32, heads: 1, lengths: [512], row: peaked },
  { name: 'head size 4', headSize: 4, heads: 4, lengths: [7, 5], row: unlike },
  { name: 'head size 12', headSize: 12, heads: 3, lengths: [19], row: peaked },
  { name: 'head size 48', headSize: 48, heads: 1, lengths: [9, 4], row: unlike },
  { name: 'head size 64', headSize: 64, heads: 2, lengths: [33], row: unlike },
  {
    name: 'zeros',
    headSize: 32,
    heads: 1,
    lengths: [6],
    row: (_, width) => new Int32Array(width),
  },
  {
    name: 'saturated',
    headSize: 64,
    heads: 1,
    lengths: [12],
    row: saturated,
  },
  { name: 'head size 68', headSize: 68, heads: 2, lengths: [6, 5], row: peaked },
  { name: 'head size 128', headSize: 128, heads: 2, lengths: [1, 18], row: unlike },
  { name: 'head size 252', headSize: 252, heads: 1, lengths: [7], row: peaked },
  // Differences of scores beyond 2^31.
  { name: 'saturated, head size 256', headSize: 256, heads: 1, lengths: [5, 2], row: saturated },
  {
    name: 'biased',
    headSize: 12,
    heads: 3,
    lengths: [5, 1, 9],
    row: peaked,
    biasMost: 40_000,
  },
  {
    name: 'biased, a row of 512',
    headSize: 4,
    heads: 2,
    lengths: [512],
    row: peaked,
    biasMost: 100_000,
  },
  {
    name: 'biased, zeros, flat but for the bias',
    headSize: 32,
    heads: 2,
    lengths: [6, 3],
    row: (token, width) => makeRow(token, width).fill(0, 0, (2 * width) / 3),
    biasMost: 10_000,
    tokensMax: 64,
  },
  {
    name: 'biased, saturated, head size 256',
    headSize: 256,
    heads: 2,
    lengths: [4, 3],
    row: saturated,
    biasMost: ATTENTION_BIAS_MAX,
    tokensMax: 11,
  },
];

/** A bias plays no part here. */
export function makeHeadsCases(): KernelCase[] {
  return cases.filter(({ biasMost }) => biasMost === undefined).map(headsCase);
}

export function makeAttendCases(): KernelCase[] {
  return cases.map(attendCase);
}
