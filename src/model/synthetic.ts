// Small random models with the shapes and value ranges of real ones: for known-answer self-tests
// in the contributor's worker and for kernel tests. A seed gives the same model everywhere.
import { attentionScale, outputSize } from './architecture.ts';
import type {
  EncoderConfig,
  EncoderWeights,
  LayerWeights,
  LinearWeights,
  NormWeights,
} from './encoder.ts';

export const syntheticConfig: EncoderConfig = {
  vocabularySize: 64,
  positions: 64,
  tokensMax: 64,
  hiddenSize: 64,
  intermediateSize: 128,
  heads: 2,
  layers: 2,
  weightBits: 8,
  outlierColumns: 4,
  attentionBias: false,
  pooling: 'mean',
  dense: null,
};

/** What `syntheticConfig` has none of: a backend that computes these has every part of the norm. */
export const syntheticVariants: { name: string; changes: Partial<EncoderConfig> }[] = [
  { name: 'cls pooling', changes: { pooling: 'cls' } },
  { name: 'dense, wider', changes: { dense: { size: 96, activation: 'identity' } } },
  {
    name: 'dense, tanh, of the first token',
    changes: { pooling: 'cls', outlierColumns: 0, dense: { size: 48, activation: 'tanh' } },
  },
  {
    name: 'dense, tanh, seven bits',
    changes: { weightBits: 7, outlierColumns: 8, dense: { size: 64, activation: 'tanh' } },
  },
  { name: 'attention bias', changes: { attentionBias: true } },
  { name: 'heads of 128', changes: { hiddenSize: 256, heads: 2, layers: 1 } },
  {
    name: 'heads of 256, biased',
    changes: { hiddenSize: 256, heads: 1, layers: 1, attentionBias: true },
  },
  { name: 'heads of 68', changes: { hiddenSize: 272, heads: 4, layers: 1 } },
];

/** Integers below `bound` from a 32-bit xorshift; never a float's business. */
export function makeRandom(seed: number): (bound: number) => number {
  // A word of its own: engines box a captured number that leaves 31 bits, anew at every draw.
  const state = Uint32Array.of((seed ^ 0x9e3779b9) >>> 0 || 1);
  return (bound) => {
    let word = state[0];
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    state[0] = word;
    return Math.floor((state[0] * bound) / 2 ** 32);
  };
}

/** @param config a valid EncoderConfig */
export function makeSyntheticEncoder(seed: number, config = syntheticConfig): EncoderWeights {
  const random = makeRandom(seed);
  const { hiddenSize, intermediateSize, vocabularySize, positions, layers } = config;
  const biases = config.attentionBias ? config.heads * (2 * config.tokensMax - 1) : 0;
  const limit = config.weightBits === 8 ? 127 : 63;
  const signed = (max: number) => random(2 * max + 1) - max;

  const outlierColumns = (): Uint16Array => {
    const columns = new Set<number>();
    while (columns.size < config.outlierColumns) columns.add(random(hiddenSize));
    return Uint16Array.from([...columns].sort((a, b) => a - b));
  };
  // A plain loop: up to 300 million draws, for which Int8Array.from takes 15 times as long.
  const weights = (length: number): Int8Array => {
    const drawn = new Int8Array(length);
    for (let i = 0; i < length; i++) drawn[i] = signed(limit);
    return drawn;
  };
  const linear = (inputs: number, outputs: number, outliers: Uint16Array): LinearWeights => ({
    inputs,
    outputs,
    weight: weights(inputs * outputs),
    scale: Uint16Array.from({ length: outputs }, () => 32768 + random(32768)),
    shift: config.weightBits === 8 ? 34 : 33,
    bias: Int32Array.from({ length: outputs }, () => signed(2048)),
    outliers,
  });
  const norm = (): NormWeights => ({
    gamma: Int32Array.from({ length: hiddenSize }, (_, column) =>
      column % 17 === 3 ? -random(65536) : 20_000 + random(40_000),
    ),
    shift: 24,
    beta: Int32Array.from({ length: hiddenSize }, () => signed(4096)),
  });
  const none = new Uint16Array();
  const layer = (): LayerWeights => ({
    qkv: linear(hiddenSize, 3 * hiddenSize, outlierColumns()),
    output: linear(hiddenSize, hiddenSize, none),
    attentionNorm: norm(),
    up: linear(hiddenSize, intermediateSize, outlierColumns()),
    down: linear(intermediateSize, hiddenSize, none),
    outputNorm: norm(),
  });
  // In this order: what came later must not move the draws of what was there before.
  const base = {
    config,
    attention: attentionScale(hiddenSize / config.heads),
    embeddings: {
      words: Int8Array.from({ length: vocabularySize * hiddenSize }, () => signed(127)),
      wordScale: Uint16Array.from({ length: vocabularySize }, () => 32768 + random(32768)),
      wordShift: 6,
      positions: Int32Array.from({ length: positions * hiddenSize }, () => signed(8192)),
      norm: norm(),
    },
    layers: Array.from({ length: layers }, layer),
  };
  const attentionBias = Int32Array.from({ length: biases }, () => signed(65536));
  const dense = linear(hiddenSize, outputSize(config), outlierColumns());
  // Twice as loud as the others, to bend a tanh.
  dense.shift--;
  return {
    ...base,
    attentionBias: config.attentionBias ? attentionBias : null,
    dense: config.dense ? dense : null,
  };
}

/** Rows of random tokens with the given lengths. */
export function makeSyntheticRows(seed: number, lengths: number[], vocabularySize: number) {
  const random = makeRandom(seed);
  return lengths.map((length) => Uint32Array.from({ length }, () => random(vocabularySize)));
}
