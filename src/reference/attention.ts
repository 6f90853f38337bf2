// Self-attention of one sentence in integers (norm, section 6): int8 queries, keys and values with
// a scale per row and head, base-2 softmax by table, 7-bit weights relative to each row's maximum.
import type { Dyadic, EncoderConfig } from '#model/encoder.ts';
import {
  exp2,
  multiplyHigh,
  normalize,
  requantize,
  SCORE_INPUT_MAX,
  saturate,
} from './arithmetic.ts';
import { type QuantizedRow, quantizeRow } from './rows.ts';

/** 2^29 / 127², rounded: what undoes the two int8 scales of weights and values. */
const INVERSE_127_SQUARED = 33286;

function headRow(qkv: Int32Array, start: number, size: number, max?: number): QuantizedRow {
  return quantizeRow(qkv.slice(start, start + size).map((value) => saturate(value, max)));
}

interface AttentionTables {
  attention: Dyadic;
  exp2: Uint32Array;
  /** Q14 [heads, 2 · tokensMax - 1], where the model has one. */
  bias?: Int32Array | null;
}

/**
 * @param qkv a row of Q12 [3 · hiddenSize] per token: queries, keys, values
 * @returns a row of Q12 [hiddenSize] per token
 */
export function attend(
  qkv: Int32Array[],
  config: EncoderConfig,
  { attention, exp2: table, bias }: AttentionTables,
): Int32Array[] {
  const { hiddenSize, heads, tokensMax } = config;
  const size = hiddenSize / heads;
  const context = qkv.map(() => new Int32Array(hiddenSize));
  for (let head = 0; head < heads; head++) {
    const at = head * size;
    const queries = qkv.map((row) => headRow(row, at, size, SCORE_INPUT_MAX));
    const keys = qkv.map((row) => headRow(row, hiddenSize + at, size, SCORE_INPUT_MAX));
    const values = qkv.map((row) => headRow(row, 2 * hiddenSize + at, size));
    const start = head * (2 * tokensMax - 1) + tokensMax - 1;
    queries.forEach((query, i) => {
      const scores = keys.map((key, j) => {
        return score(query, key, attention) + (bias ? bias[start + j - i] : 0);
      });
      context[i].set(weigh(scores, values, table), at);
    });
  }
  return context;
}

/** Base-2 score in Q14. */
function score(query: QuantizedRow, key: QuantizedRow, attention: Dyadic): number {
  let dot = 0;
  for (let d = 0; d < query.q.length; d++) dot += query.q[d] * key.q[d];
  const m = multiplyHigh(multiplyHigh(query.m, attention.mantissa), key.m);
  return requantize(dot, m, attention.shift - 32 - query.e - key.e);
}

function weigh(scores: number[], values: QuantizedRow[], table: Uint32Array): Int32Array {
  const highest = scores.reduce((most, value) => Math.max(most, value));
  const exponentials = scores.map((value) => exp2(highest - value, table));
  const denominator = normalize(exponentials.reduce((sum, value) => sum + value, 0));
  const exponent = values.reduce((most, value) => Math.max(most, value.e), -32);

  const weights = exponentials.map((value, j) => {
    const product = Math.floor(value / 64) * Math.floor(values[j].m / 2);
    return Math.floor(product / 2 ** (exponent - values[j].e));
  });
  const largest = normalize(weights.reduce((most, value) => Math.max(most, value), 1));
  const inverse = Math.floor((127 * 2 ** 24) / largest.m);
  const p = weights.map((value) => requantize(value, inverse, 24 + largest.e));

  const reciprocal = Math.min(Math.floor(2 ** 31 / denominator.m), 65535);
  const m = multiplyHigh(multiplyHigh(largest.m, reciprocal), INVERSE_127_SQUARED);
  const s = 21 + denominator.e - largest.e - exponent;
  return values[0].q.map((_, d) => {
    let sum = 0;
    for (let j = 0; j < p.length; j++) sum += p[j] * values[j].q[d];
    return saturate(requantize(sum, m, s));
  });
}
