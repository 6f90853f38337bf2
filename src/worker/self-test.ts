// The known-answer self-test, before the first unit: small random models of odd shapes, computed by
// the backend; the oracle's answers are known (tests/worker/self-test.test.ts makes them again). One
// wrong byte and the backend is not used. GPUs and their drivers do miscompile integer code; this is
// how a contributor finds out before it costs credit.

import type { ExactBackend } from '#model/backend.ts';
import type { EncoderConfig, EncoderWeights, LinearWeights } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { type Bytes, concatBytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';
import { nameShape, shapeAnswers } from './shape-answers.ts';

export interface Case {
  name: string;
  config: EncoderConfig;
  lengths: number[];
  /** Shifts of the linear layers are lowered by so much, so that values saturate. */
  louder?: number;
  /** Weights are the extremes, so that sums are the largest. */
  extreme?: boolean;
}

/** A case whose answer is known: the first 16 hex digits of the sha256 of the oracle's. */
export type KnownCase = Case & { answer: string };

/** Together about 50 million multiply-adds: 0.4 s for the oracle, 0.05 s for WASM. */
export const cases: readonly KnownCase[] = [
  {
    name: 'odd lengths',
    config: syntheticConfig,
    lengths: [1, 7, 64, 3, 33],
    answer: 'e8150ea0f5186c34',
  },
  {
    name: 'seven-bit weights',
    config: { ...syntheticConfig, weightBits: 7, outlierColumns: 8 },
    lengths: [17, 2],
    answer: '3dffad2c9748af97',
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
    answer: 'd75ca1b2d2e31dd5',
  },
  {
    name: 'saturation',
    config: syntheticConfig,
    lengths: [19, 1],
    louder: 6,
    answer: 'ea42408a24f8e71d',
  },
  {
    name: 'the longest sums',
    config: { ...syntheticConfig, intermediateSize: limits.intermediateSizeMax, layers: 1 },
    lengths: [3],
    extreme: true,
    answer: '73b67741353f3d0f',
  },
  {
    name: 'wide rows',
    config: { ...syntheticConfig, hiddenSize: 384, heads: 12, intermediateSize: 1536, layers: 1 },
    lengths: [3],
    answer: '0d1625f01f88e843',
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
    answer: '799ccd5780299092',
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

/** @returns the output of a case, computed with its weights */
export async function answerOf(backend: ExactBackend, one: Case, seed: number): Promise<Bytes> {
  const encoder = await backend.createEncoder(makeCase(one, seed));
  try {
    const rows = makeSyntheticRows(seed, one.lengths, one.config.vocabularySize);
    return wordsToBytes(await encoder.encode(rows));
  } finally {
    encoder.destroy();
  }
}

/** The first 16 hex digits of the sha256: what stands in the lists of answers. */
export function nameAnswer(answer: Uint8Array): string {
  return toHex(sha256(answer).subarray(0, 8));
}

export interface Tested {
  backend: ExactBackend;
  /** Lets the worker's messages in between the cases, and ends the test by a throw. */
  pause?: () => Promise<void>;
}

/**
 * @returns the digest of all known answers: the same on every backend
 * @throws self-test/wrong-bytes, naming the first case that differs
 */
export async function runSelfTest({ backend, pause }: Tested): Promise<Bytes> {
  const answers: Bytes[] = [];
  for (const [index, one] of cases.entries()) {
    await pause?.();
    const answer = await answerOf(backend, one, index + 1);
    if (nameAnswer(answer) !== one.answer) throw wrongBytes(backend, one);
    answers.push(answer);
  }
  return sha256(concatBytes(...answers));
}

/** Of `testShape`, for a model's configuration. */
export function shapeCase(config: EncoderConfig): Case {
  const { vocabularySize, positions } = syntheticConfig;
  const tokensMax = Math.min(config.tokensMax, syntheticConfig.tokensMax);
  const small = { ...config, vocabularySize, positions, tokensMax, layers: 1 };
  const lengths = shapeLengths.map((length) => Math.min(length, tokensMax));
  return { name: "the model's own shape", config: small, lengths };
}

export interface ShapeTested extends Tested {
  /** Asked for where the answer is not among those that are known. */
  createOracle(): Promise<ExactBackend>;
}

/**
 * Known answers in a model's own shape, before its first unit: its head size, its widths and its
 * weights' bits may be pipelines that no other model uses. One layer of random weights, so that
 * the oracle takes 0.1 s of CPU for MiniLM's shape and 0.7 s for the widest allowed (in Node).
 * @throws self-test/wrong-bytes
 */
export async function testShape(tested: ShapeTested, config: EncoderConfig): Promise<void> {
  const { backend, createOracle, pause } = tested;
  const one = shapeCase(config);
  await pause?.();
  const answer = nameAnswer(await answerOf(backend, one, 1));
  const expected = shapeAnswers[nameShape(one.config)] ?? (await ask(createOracle, one));
  if (answer !== expected) throw wrongBytes(backend, one);
}

async function ask(createOracle: ShapeTested['createOracle'], one: Case): Promise<string> {
  return nameAnswer(await answerOf(await createOracle(), one, 1));
}

function wrongBytes({ name, adapter }: ExactBackend, one: Case): IdlewildError {
  const message = `${name} on ${adapter} computes wrong bytes (${one.name}).`;
  return new IdlewildError('self-test/wrong-bytes', message);
}
