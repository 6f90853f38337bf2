// The cost of work in integer multiply-adds: the unit of speed, of credit and of price.
import { outputSize } from './architecture.ts';
import type { EncoderConfig } from './encoder.ts';

/** Multiply-adds of the dense layer over one row's pooled row. */
export function denseCost(config: EncoderConfig): number {
  return config.dense ? outputSize(config) * (config.hiddenSize + config.outlierColumns) : 0;
}

/** Multiply-adds of one row of `tokens` tokens: linear layers, outlier planes and attention. */
export function rowCost(config: EncoderConfig, tokens: number): number {
  const { hiddenSize, intermediateSize, layers, outlierColumns } = config;
  const dense = 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize;
  const outliers = outlierColumns * (3 * hiddenSize + intermediateSize);
  const attention = 2 * tokens * hiddenSize;
  return layers * tokens * (dense + outliers + attention) + denseCost(config);
}
