// Cases for heads and attend: rows of one token and of 512 (norm, section 7), every head size that
// the kernels treat differently, flat, peaked and saturated scores, values of unlike scales.
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
}

/** Queries, keys and values of a token as int8 and scales, from the oracle's quantizer. */
function quantizeHeads(qkv: Int32Array, headSize: number) {
  const rows = Array.from({ length: qkv.length / headSize }, (_, index) => {
    const isValue = index >= (2 * qkv.length) / headSize / 3;
    const limit = isValue ? ACTIVATION_MAX : SCORE_INPUT_MAX;
    const part = qkv.slice(index * headSize, (index + 1) * headSize);
    return quantizeRow(part.map((value) => saturate(value, limit)));
  });
  return { words: rows.flatMap(({ q }) => packBytes(q)), scales: rows.map(packScale) };
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
        fill((tokens + after) * 3 * heads * headWords),
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

function attendCase(given: AttentionCase): KernelCase {
  const { headSize, heads, lengths } = given;
  const { qkv, quantized } = makeInputs(given);
  const hiddenSize = headSize * heads;
  const config: EncoderConfig = { ...syntheticConfig, hiddenSize, heads };
  // log2(e) / (sqrt(headSize) · 127² · 2^24) · 2^14, as section 6 has it.
  const shift = 41 + Math.ceil(Math.log2(Math.sqrt(headSize / 32)) - 0.05);
  const exact = Math.LOG2E / Math.sqrt(headSize) / 127 ** 2 / 2 ** 10;
  const attention = { mantissa: Math.round(exact * 2 ** shift), shift };
  const spans: number[][] = [];
  const expected: number[][] = [];
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    for (let position = 0; position < length; position++) spans.push([0, position, start, end]);
    const context = attend(qkv.slice(start, end), config, { attention, exp2 });
    expected.push(...context.map((row) => [...row]));
    start = end;
  }
  return {
    name: `attend, ${given.name}`,
    run: {
      kernel: { attendHeadWords: headSize / 4 },
      shape: [heads, attention.mantissa, attention.shift],
      range: [0, start],
      grid: { kind: 'perHead', of: heads },
      storage: [
        spans.flat(),
        quantized.flatMap(({ words }) => words),
        quantized.flatMap(({ scales }) => scales),
        [...exp2],
        fill((start + after) * hiddenSize),
      ],
      outputs: [4],
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

export function makeAttentionCases(): KernelCase[] {
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
      row: (token, width) =>
        new Int32Array(width).fill(token % 2 ? ACTIVATION_MAX : -ACTIVATION_MAX),
    },
  ];
  return [...cases.map(headsCase), ...cases.map(attendCase)];
}
