// Weights as the kernels read them: int8 in vectors of 16, outputs side by side. Pure functions.
import type { LinearWeights, NormWeights } from '#model/encoder.ts';

/** int8 values in one vec4<u32>. */
export const VECTOR = 16;

export interface PackedLinear {
  /** Vectors in a row of inputs: those of the high plane, then the inputs themselves. */
  vectors: number;
  planes: number;
  outputs: number;
  shift: number;
  /** i8, [vectors, outputs, 16]. */
  weights: Int8Array<ArrayBuffer>;
  /** scale, bias, correction of each output. */
  channels: Int32Array<ArrayBuffer>;
}

/**
 * @param isShifted whether the inputs are unsigned and carried as u - 128: the sum then lacks
 * 128 · Σ weight, which becomes the output's correction
 */
export function packLinear(linear: LinearWeights, isShifted = false): PackedLinear {
  const { inputs, outputs, weight, scale, bias, outliers, shift } = linear;
  const planes = Math.ceil(outliers.length / VECTOR);
  const vectors = planes + inputs / VECTOR;
  const weights = new Int8Array(vectors * outputs * VECTOR);
  const channels = new Int32Array(3 * outputs);
  for (let n = 0; n < outputs; n++) {
    const row = weight.subarray(n * inputs, (n + 1) * inputs);
    outliers.forEach((column, index) => {
      const vector = Math.floor(index / VECTOR);
      weights[(vector * outputs + n) * VECTOR + (index % VECTOR)] = row[column];
    });
    for (let k = 0; k < inputs; k += VECTOR) {
      const vector = planes + k / VECTOR;
      weights.set(row.subarray(k, k + VECTOR), (vector * outputs + n) * VECTOR);
    }
    let correction = 0;
    if (isShifted) for (const value of row) correction += 128 * value;
    channels.set([scale[n], bias[n], correction], 3 * n);
  }
  return { vectors, planes, outputs, shift, weights, channels };
}

/** A word of outlier bits for each vector of 16 columns, then the columns; never empty. */
export function packOutliers(outliers: Uint16Array, inputs: number): Uint32Array<ArrayBuffer> {
  const vectors = inputs / VECTOR;
  const words = new Uint32Array(vectors + outliers.length);
  for (const column of outliers) words[Math.floor(column / VECTOR)] |= 1 << (column % VECTOR);
  words.set(outliers, vectors);
  return words;
}

/** gamma and beta of each column, in turn. */
export function packNorm({ gamma, beta }: NormWeights): Int32Array<ArrayBuffer> {
  const words = new Int32Array(2 * gamma.length);
  gamma.forEach((value, column) => {
    words[2 * column] = value;
    words[2 * column + 1] = beta[column];
  });
  return words;
}

/**
 * One row of activations as the linear kernels read it: the outliers' high plane, padded, then
 * the row. On the device the quantizers make it; here it serves known answers.
 * @param q as the oracle holds it: outliers reach ±16256, a shifted row is unsigned
 */
export function packRow(q: Int32Array, outliers: Uint16Array, isShifted = false): Int8Array {
  const planes = Math.ceil(outliers.length / VECTOR);
  const packed = new Int8Array(planes * VECTOR + q.length);
  packed.set(isShifted ? q.map((value) => value - 128) : q, planes * VECTOR);
  outliers.forEach((column, index) => {
    packed[index] = (q[column] + 64) >> 7;
    packed[planes * VECTOR + column] = q[column] - 128 * packed[index];
  });
  return packed;
}
