// Known answers for whole models, made from the oracle: one small enough to lie here with its
// shards, and larger ones that a seed gives (src/model/synthetic.ts), by their digests.
import type { EncoderConfig } from '#model/encoder.ts';
import { saveEncoder } from '#model/save-encoder.ts';
import {
  makeSyntheticEncoder,
  makeSyntheticRows,
  syntheticConfig,
  syntheticVariants,
} from '#model/synthetic.ts';
import { toHex, utf8, wordsToBytes } from '#protocol/bytes.ts';
import { outputDigest, rowDigest } from '#protocol/unit.ts';
import { encodeRow } from '#reference/encoder.ts';

const about = { name: 'known answers', licence: 'CC0-1.0', tokenizer: utf8('{}') };

const tinyConfig = {
  ...syntheticConfig,
  vocabularySize: 8,
  positions: 8,
  tokensMax: 8,
  hiddenSize: 16,
  intermediateSize: 32,
  layers: 2,
  heads: 2,
};

/** Everything that a stranger's backend needs: manifest, shards, rows and their outputs. */
export function makeTinyModel() {
  const weights = makeSyntheticEncoder(1, tinyConfig);
  const { id, manifest, shards } = saveEncoder(weights, about);
  const rows = makeSyntheticRows(2, [1, 2, 5, 8], tinyConfig.vocabularySize);
  return {
    id,
    manifest,
    shards: shards.map((shard) => Buffer.from(shard).toString('base64')),
    rows: rows.map((row) => ({
      tokens: [...row],
      output: [...encodeRow(weights, row)],
      digest: toHex(rowDigest(wordsToBytes(encodeRow(weights, row)))),
    })),
  };
}

interface Seeded {
  name?: string;
  seed: number;
  config: EncoderConfig;
  lengths: number[];
}

const seeded: Seeded[] = [
  { seed: 11, config: syntheticConfig, lengths: [1, 2, 7, 31, 64] },
  { seed: 12, config: { ...syntheticConfig, weightBits: 7 }, lengths: [3, 64] },
  { seed: 13, config: { ...syntheticConfig, outlierColumns: 0 }, lengths: [4, 33] },
  {
    seed: 14,
    config: { ...syntheticConfig, hiddenSize: 48, heads: 12, intermediateSize: 16 },
    lengths: [5, 16],
  },
  {
    seed: 15,
    config: { ...syntheticConfig, hiddenSize: 192, heads: 3, outlierColumns: 64, layers: 1 },
    lengths: [1, 20],
  },
  {
    seed: 16,
    config: { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 1 },
    lengths: [512],
  },
  ...syntheticVariants.map(({ name, changes }, index) => ({
    name,
    seed: 21 + index,
    config: { ...syntheticConfig, ...changes },
    lengths: [1, 7, 26],
  })),
  {
    name: 'attention bias, the longest row',
    seed: 17,
    config: { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 1, attentionBias: true },
    lengths: [512, 3],
  },
];

export function makeSeededModels() {
  return seeded.map(({ name, seed, config, lengths }) => {
    const weights = makeSyntheticEncoder(seed, config);
    const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
    const outputs = rows.map((row) => wordsToBytes(encodeRow(weights, row)));
    return {
      ...(name && { name }),
      seed,
      config,
      id: saveEncoder(weights, about).id,
      lengths,
      rowDigests: outputs.map((output) => toHex(rowDigest(output))),
      unitDigest: toHex(outputDigest(Buffer.concat(outputs), rows.length)),
    };
  });
}
