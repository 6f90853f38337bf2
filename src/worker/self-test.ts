// The known-answer self-test, before the first lease: small random models of odd shapes, computed
// by the backend and by the oracle. One wrong byte and the backend is not used. GPUs and their
// drivers do miscompile integer code; this is how a contributor finds out before it costs credit.

import type { ExactBackend } from '#model/backend.ts';
import type { EncoderConfig, EncoderWeights, LinearWeights } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { type Bytes, concatBytes, equalBytes, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';

interface Case {
  name: string;
  config: EncoderConfig;
  lengths: number[];
  /** Shifts of the linear layers are lowered by so much, so that values saturate. */
  louder?: number;
  /** Weights are the extremes, so that sums are the largest. */
  extreme?: boolean;
}

/** Together about 50 million multiply-adds: less than half a second for the oracle. */
const cases: Case[] = [
  { name: 'odd lengths', config: syntheticConfig, lengths: [1, 7, 64, 3, 33] },
  {
    name: 'seven-bit weights',
    config: { ...syntheticConfig, weightBits: 7, outlierColumns: 8 },
    lengths: [17, 2],
  },
  {
    name: 'odd shapes',
    config: {
      ...syntheticConfig,
      hiddenSize: 96,
      heads: 3,
      intermediateSize: 208,
      outlierColumns: 0,
    },
    lengths: [5, 31],
  },
  { name: 'saturation', config: syntheticConfig, lengths: [19, 1], louder: 6 },
  {
    name: 'the longest sums',
    config: { ...syntheticConfig, intermediateSize: limits.intermediateSizeMax, layers: 1 },
    lengths: [3],
    extreme: true,
  },
  {
    name: 'wide rows',
    config: { ...syntheticConfig, hiddenSize: 384, heads: 12, intermediateSize: 1536, layers: 1 },
    lengths: [3],
  },
  {
    name: 'the longest row',
    config: {
      ...syntheticConfig,
      positions: limits.tokensMax,
      tokensMax: limits.tokensMax,
      hiddenSize: 32,
      heads: 1,
      intermediateSize: 32,
      layers: 1,
    },
    lengths: [limits.tokensMax],
  },
];

/** Odd numbers of rows, one of a single token: enough for a tile that is not full. */
const shapeLengths = [1, 3];

function makeCase({ config, louder = 0, extreme = false }: Case, seed: number): EncoderWeights {
  const weights = makeSyntheticEncoder(seed, config);
  for (const layer of weights.layers) {
    for (const linear of [layer.qkv, layer.output, layer.up, layer.down]) {
      linear.shift -= louder;
      if (extreme) makeExtreme(linear);
    }
  }
  return weights;
}

/** Every other output sums up the largest weights, the rest the least, with scales to match. */
function makeExtreme(linear: LinearWeights): void {
  const { weight, inputs, outputs } = linear;
  for (let output = 0; output < outputs; output++) {
    weight.fill(output % 2 === 0 ? 127 : -127, output * inputs, (output + 1) * inputs);
  }
  linear.shift += Math.ceil(Math.log2(inputs) / 2);
}

async function compute(backend: ExactBackend, weights: EncoderWeights, rows: Uint32Array[]) {
  const encoder = await backend.createEncoder(weights);
  try {
    return wordsToBytes(await encoder.encode(rows));
  } finally {
    encoder.destroy();
  }
}

/** What the oracle answered: a device that is made again is tested without it. */
const known = new Map<Case, Bytes>();

interface Bench {
  backend: ExactBackend;
  oracle: ExactBackend;
  /** Lets the worker's messages in between the cases, and ends the test by a throw. */
  pause?: () => Promise<void>;
}

/**
 * @returns the digest of all known answers: the same on every backend
 * @throws self-test/wrong-bytes, naming the first case that differs
 */
export async function runSelfTest(bench: Bench): Promise<Bytes> {
  const answers: Bytes[] = [];
  for (const [index, one] of cases.entries()) {
    const answer = await test(bench, one, { seed: index + 1, known: known.get(one) });
    known.set(one, answer);
    answers.push(answer);
  }
  return sha256(concatBytes(...answers));
}

/**
 * Known answers in a model's own shape, before its first unit: its head size, its widths and its
 * weights' bits may be pipelines that no other model uses. One layer of random weights, so that
 * it takes 0.1 s of CPU for MiniLM's shape and 0.7 s for the widest allowed (WASM, in Node).
 * @throws self-test/wrong-bytes
 */
export async function testShape(bench: Bench, config: EncoderConfig): Promise<void> {
  const { vocabularySize, positions } = syntheticConfig;
  const tokensMax = Math.min(config.tokensMax, syntheticConfig.tokensMax);
  const small = { ...config, vocabularySize, positions, tokensMax, layers: 1 };
  const lengths = shapeLengths.map((length) => Math.min(length, tokensMax));
  await test(bench, { name: "the model's own shape", config: small, lengths }, { seed: 1 });
}

/** @returns the answer */
async function test(
  { backend, oracle, pause }: Bench,
  one: Case,
  { seed, known }: { seed: number; known?: Bytes | undefined },
): Promise<Bytes> {
  await pause?.();
  const weights = makeCase(one, seed);
  const rows = makeSyntheticRows(seed, one.lengths, one.config.vocabularySize);
  const expected = known ?? (await compute(oracle, weights, rows));
  if (!equalBytes(await compute(backend, weights, rows), expected)) {
    const message = `${backend.name} on ${backend.adapter} computes wrong bytes (${one.name}).`;
    throw new IdlewildError('self-test/wrong-bytes', message);
  }
  return expected;
}
