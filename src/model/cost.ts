// The cost of work in integer multiply-adds: the unit of speed, of credit and of price.
import type { EncoderConfig } from './encoder.ts';

/** Multiply-adds of one row of `tokens` tokens: dense layers, outlier planes and attention. */
export function rowCost(config: EncoderConfig, tokens: number): number {
  const { hiddenSize, intermediateSize, layers, outlierColumns } = config;
  const dense = 4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize;
  const outliers = outlierColumns * (3 * hiddenSize + intermediateSize);
  const attention = 2 * tokens * hiddenSize;
  return layers * tokens * (dense + outliers + attention);
}
