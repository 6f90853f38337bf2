// From a row's last layer to its exact output (norm, section 6): the sum or the first of its
// tokens, and a final dense layer where the model has one.
import type { Observe } from '#model/calibrate.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { tanh } from './arithmetic.ts';
import { linear, quantizeRow } from './rows.ts';

/**
 * @param x a row of Q12 [hiddenSize] per token
 * @param observe sees what enters the dense layer
 * @returns i32 [outputSize]: Q12, for a mean times the number of tokens; Q20 after a tanh
 */
export function poolRow(
  x: Int32Array[],
  { config, dense }: EncoderWeights,
  tables: { tanh: Int32Array },
  observe: Observe,
): Int32Array {
  const pooled = config.pooling === 'cls' ? x[0] : sumRows(x);
  if (!config.dense || !dense) return pooled;
  const row = config.pooling === 'cls' ? pooled : divideRow(pooled, x.length);
  observe('dense', 0, [row]);
  const y = linear(quantizeRow(row, dense.outliers), dense);
  return config.dense.activation === 'tanh' ? y.map((value) => tanh(value, tables.tanh)) : y;
}

function sumRows(x: Int32Array[]): Int32Array {
  const sum = new Int32Array(x[0].length);
  for (const row of x) for (let d = 0; d < sum.length; d++) sum[d] += row[d];
  return sum;
}

/** Rounded half up, as the mean of a layer norm. */
function divideRow(sum: Int32Array, count: number): Int32Array {
  return sum.map((value) => Math.floor((value + Math.floor(count / 2)) / count));
}
