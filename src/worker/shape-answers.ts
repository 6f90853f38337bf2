// Answers of the oracle in the shapes of models that many visitors meet, so that these need neither
// its code nor its time (0.1 s of CPU each). tests/worker/self-test.test.ts makes them again.
import type { EncoderConfig } from '#model/encoder.ts';

/** all-MiniLM-L6-v2 as `idlewild model import` makes it, its weights in seven bits and in eight. */
export const shapeAnswers: Readonly<Record<string, string>> = {
  '384 1552 12 7 16 mean none plain': 'b963f3e95f0c7b45',
  '384 1552 12 8 16 mean none plain': '4926d7fd426e02c2',
};

/** All that the answer in a model's shape depends on, besides the length of its rows. */
export function nameShape(config: EncoderConfig): string {
  const { hiddenSize, intermediateSize, heads, weightBits, outlierColumns, pooling, dense } =
    config;
  const sizes = [hiddenSize, intermediateSize, heads, weightBits, outlierColumns].join(' ');
  const end = dense ? `${dense.size}-${dense.activation}` : 'none';
  return `${sizes} ${pooling} ${end} ${config.attentionBias ? 'biased' : 'plain'}`;
}
