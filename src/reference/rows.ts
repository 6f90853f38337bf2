// One row at a time: quantize it, multiply it, normalize it (norm, sections 3 to 5).
import { DOWN_OFFSET } from '#model/architecture.ts';
import type { LinearWeights, NormWeights } from '#model/encoder.ts';
import {
  ACTIVATION_MAX,
  bitLength,
  multiplyHigh,
  normalize,
  requantize,
  roundedSquareRoot,
  saturate,
} from './arithmetic.ts';

/** Value ≈ q · m · 2^e / 127 (or / 255 for a shifted row). */
export interface QuantizedRow {
  q: Int32Array;
  m: number;
  e: number;
}

/** Symmetric int8; outlier columns may reach ±16256 and are split by `linear`. */
export function quantizeRow(
  x: Int32Array,
  outliers: Uint16Array = new Uint16Array(),
): QuantizedRow {
  const isOutlier = new Set(outliers);
  let inner = 1;
  let outer = 0;
  x.forEach((value, column) => {
    if (isOutlier.has(column)) outer = Math.max(outer, Math.abs(value));
    else inner = Math.max(inner, Math.abs(value));
  });
  const max = outliers.length > 0 ? Math.max(inner, Math.floor(outer / 128) + 1) : inner;
  const { m, e } = normalize(max);
  const inverse = Math.floor((127 * 2 ** 24) / m);
  return { q: x.map((value) => requantize(value, inverse, 24 + e)), m, e };
}

/** Unsigned 8 bits of x + DOWN_OFFSET; q is in 0..255 (backends may carry q - 128). */
export function quantizeShiftedRow(x: Int32Array): QuantizedRow {
  const max = x.reduce((most, value) => Math.max(most, value + DOWN_OFFSET), 1);
  const { m, e } = normalize(max);
  const inverse = Math.floor((255 * 2 ** 23) / m);
  return { q: x.map((value) => requantize(value + DOWN_OFFSET, inverse, 23 + e)), m, e };
}

/** One row through a linear layer: [inputs] to Q12 [outputs], saturated. */
export function linear(row: QuantizedRow, weights: LinearWeights): Int32Array {
  const { inputs, outputs, weight, scale, shift, bias } = weights;
  const { q, m, e } = row;
  const y = new Int32Array(outputs);
  for (let n = 0; n < outputs; n += 4) {
    const sums = dotFourRows(q, weight, n * inputs);
    for (let i = 0; i < 4; i++) {
      const scaled = requantize(sums[i], multiplyHigh(m, scale[n + i]), shift - 16 - e);
      y[n + i] = saturate(scaled + bias[n + i]);
    }
  }
  return y;
}

/**
 * q against four rows of weights at once, which halves the time of an import; `outputs` is a
 * multiple of 16. Every sum fits 32 bits (norm, section 7), so `| 0` changes nothing.
 */
function dotFourRows(q: Int32Array, weight: Int8Array, start: number): number[] {
  const inputs = q.length;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let k = 0, at = start; k < inputs; k++, at++) {
    const x = q[k];
    a = (a + Math.imul(x, weight[at])) | 0;
    b = (b + Math.imul(x, weight[at + inputs])) | 0;
    c = (c + Math.imul(x, weight[at + 2 * inputs])) | 0;
    d = (d + Math.imul(x, weight[at + 3 * inputs])) | 0;
  }
  return [a, b, c, d];
}

/** Layer norm of one row, whatever its fraction bits, to Q12. */
export function normalizeRow(x: Int32Array, weights: NormWeights): Int32Array {
  const n = x.length;
  const sum = x.reduce((total, value) => total + value, 0);
  const mean = Math.floor((sum + Math.floor(n / 2)) / n);
  const d = x.map((value) => value - mean);
  const max = d.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (max === 0) return weights.beta.map((beta) => saturate(beta));

  const left = 16 - bitLength(max);
  const up = Math.max(left, 0);
  const down = Math.max(-left, 0);
  let squares = 0;
  for (const value of d) {
    const half = down > 0 ? 2 ** (down - 1) : 0;
    const magnitude = Math.floor((Math.abs(value) * 2 ** up + half) / 2 ** down);
    squares += Math.min(magnitude, 65535) ** 2;
  }
  let k = 0;
  while (squares >= 2 ** (32 + 2 * k)) k++;
  const root = roundedSquareRoot(Math.floor(squares / 4 ** k));
  const reciprocal = Math.min(Math.floor(2 ** 31 / root), 65535);
  return d.map((value, column) => {
    const u = requantize(value * 2 ** up, reciprocal, 7 + k + down);
    const gamma = weights.gamma[column];
    const scaled = requantize(Math.sign(gamma) * u, Math.abs(gamma), weights.shift);
    return saturate(scaled + weights.beta[column]);
  });
}

export function addRows(x: Int32Array, y: Int32Array): Int32Array {
  return x.map((value, column) => saturate(value + y[column], ACTIVATION_MAX));
}
