// The known-answer self-test, before the first lease: small random models of odd shapes, computed
// by the backend and by the oracle. One wrong byte and the backend is not used. GPUs and their
// drivers do miscompile integer code; this is how a contributor finds out before it costs credit.

import type { ExactBackend } from '#model/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig, EncoderWeights } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { type Bytes, concatBytes, equalBytes, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import type { Clock } from './environment.ts';

interface Case {
  name: string;
  config: EncoderConfig;
  lengths: number[];
  /** Shifts of the linear layers are lowered by so much, so that values saturate. */
  louder?: number;
}

/** Together about 30 million multiply-adds: a quarter of a second for the oracle. */
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
    config: { ...syntheticConfig, hiddenSize: 384, heads: 12, intermediateSize: 1536, layers: 1 },
    lengths: [3],
  },
];

function makeCase({ config, louder = 0 }: Case, seed: number): EncoderWeights {
  const weights = makeSyntheticEncoder(seed, config);
  for (const layer of weights.layers) {
    for (const linear of [layer.qkv, layer.output, layer.up, layer.down]) linear.shift -= louder;
  }
  return weights;
}

async function compute(backend: ExactBackend, weights: EncoderWeights, rows: Uint32Array[]) {
  const encoder = await backend.createEncoder(weights);
  try {
    return wordsToBytes(await encoder.encode(rows));
  } finally {
    encoder.destroy();
  }
}

/**
 * @param pause lets the worker's messages in between the cases, and ends the test by a throw
 * @returns the digest of all known answers
 * @throws self-test/wrong-bytes, naming the first case that differs
 */
export async function runSelfTest(
  backend: ExactBackend,
  oracle: ExactBackend,
  pause: () => Promise<void> = async () => {},
): Promise<Bytes> {
  const answers: Bytes[] = [];
  for (const [seed, one] of cases.entries()) {
    await pause();
    const weights = makeCase(one, seed + 1);
    const rows = makeSyntheticRows(seed + 1, one.lengths, one.config.vocabularySize);
    const expected = await compute(oracle, weights, rows);
    if (!equalBytes(await compute(backend, weights, rows), expected)) {
      throw new IdlewildError(
        'self-test/wrong-bytes',
        `${backend.name} on ${backend.adapter} computes wrong bytes (${one.name}).`,
      );
    }
    answers.push(expected);
  }
  return sha256(concatBytes(...answers));
}

const speedConfig: EncoderConfig = {
  ...syntheticConfig,
  hiddenSize: 384,
  heads: 12,
  intermediateSize: 1536,
  layers: 1,
};
/** Long enough to be above the clock's grain, short enough not to be felt. */
const roundMs = 50;
const measureMs = 100;
const speedTokens = 8;
const speedRowsMax = 1024;

/**
 * Multiply-adds per second on shapes of a real model: a first guess, replaced by real units. The
 * best round counts: the first ones pay for compilers that are still at work.
 */
export async function measureSpeed(backend: ExactBackend, clock: Clock): Promise<number> {
  const encoder = await backend.createEncoder(makeSyntheticEncoder(1, speedConfig));
  try {
    let best = 1;
    let spentMs = 0;
    for (let count = 1; spentMs < measureMs; ) {
      const lengths = new Array<number>(count).fill(speedTokens);
      const rows = makeSyntheticRows(2, lengths, speedConfig.vocabularySize);
      const start = clock.now();
      await encoder.encode(rows);
      const ms = Math.max(clock.now() - start, 0.1);
      best = Math.max(best, (count * rowCost(speedConfig, speedTokens) * 1000) / ms);
      spentMs += ms;
      if (ms < roundMs) count = Math.min(4 * count, speedRowsMax);
    }
    return Math.round(best);
  } finally {
    encoder.destroy();
  }
}
