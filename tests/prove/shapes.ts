// The shapes of published encoders, whole: as deep and as wide as they are, with random weights and
// a small vocabulary. Too large for every test run; `npm run prove` takes them all.
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import type { ProofCase } from './case.ts';

const outlierColumns = 16;
const base = { hiddenSize: 768, heads: 12, layers: 12, intermediateSize: 3072, outlierColumns };
const small = { hiddenSize: 384, heads: 12, layers: 12, intermediateSize: 1536, outlierColumns };
const large = { hiddenSize: 1024, heads: 16, layers: 24, intermediateSize: 4096, outlierColumns };

const shapes: { name: string; changes: Partial<EncoderConfig>; lengths: number[] }[] = [
  { name: 'bge-small', changes: { ...small, pooling: 'cls' }, lengths: [7, 1] },
  { name: 'e5-base', changes: { ...base, weightBits: 7 }, lengths: [5] },
  { name: 'all-mpnet-base', changes: { ...base, attentionBias: true }, lengths: [5] },
  {
    name: 'LaBSE',
    changes: { ...base, pooling: 'cls', dense: { size: 768, activation: 'tanh' } },
    lengths: [3],
  },
  { name: 'gte-large', changes: large, lengths: [3] },
];

export function shapeCases(seed: number): ProofCase[] {
  return shapes.map(({ name, changes, lengths }, index) => {
    const config = { ...syntheticConfig, ...changes };
    const rows = makeSyntheticRows(seed + index, lengths, config.vocabularySize);
    return {
      name: `the shape of ${name}`,
      source: { kind: 'seeded', seed: seed + index, config, extremes: [] },
      rows: rows.map((row) => [...row]),
    };
  });
}
