// The models that the first encoders were not: cls pooling, dense layers, an attention bias, heads
// over 64. On plain SIMD and on both forms of the relaxed dot they give the known digests, or where
// none is known the oracle's words; in one batch with others or alone.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';
import { beforeAll, describe, expect, test } from 'vitest';
import { readKernels, relaxedKernels } from '#cli/build-kernels.ts';
import { ATTENTION_BIAS_MAX, outputSize } from '#model/architecture.ts';
import type { SliceProgress } from '#model/backend.ts';
import { proveBounds } from '#model/bounds.ts';
import { denseCost, rowCost } from '#model/cost.ts';
import type { EncoderConfig, EncoderWeights } from '#model/encoder.ts';
import {
  makeSyntheticEncoder,
  makeSyntheticRows,
  syntheticConfig,
  syntheticVariants,
} from '#model/synthetic.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { rowDigest } from '#protocol/unit.ts';
import { encodeRow } from '#reference/encoder.ts';
import { createMachine } from '#wasm/create-machine.ts';
import { WasmEncoder } from '#wasm/encoder.ts';
import { compileKernels } from '#wasm/kernels.ts';
import { openPlainLane } from '#wasm/plain-lane.ts';
import { openRelaxedLane } from '#wasm/relaxed-lane.ts';

// Node 20 has relaxed SIMD behind a flag, and its first compiler gets the dot that adds wrong.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
v8.setFlagsFromString('--no-liftoff');

type LaneName = 'plain' | 'pairs' | 'fused';
let plain: WebAssembly.Module;
let relaxed: WebAssembly.Module;
beforeAll(async () => {
  plain = await compileKernels(await readKernels());
  relaxed = await compileKernels(await readKernels(relaxedKernels));
});

/** A clock by which every step is a slice. */
const everyStep = { now: () => 0, sliceMs: 0 };

async function open(weights: EncoderWeights, name: LaneName = 'plain') {
  const lane = name === 'plain' ? openPlainLane(plain) : openRelaxedLane(relaxed, name);
  return new WasmEncoder(createMachine(await lane, weights), everyStep);
}

/** The lanes that a model's weights allow. */
function lanesOf({ weightBits }: EncoderConfig): LaneName[] {
  return weightBits === 7 ? ['plain', 'pairs', 'fused'] : ['plain'];
}

function make(seed: number, changes: Partial<EncoderConfig>): EncoderWeights {
  return makeSyntheticEncoder(seed, { ...syntheticConfig, ...changes });
}

async function expectOracle(weights: EncoderWeights, rows: Uint32Array[]) {
  proveBounds(weights);
  const size = outputSize(weights.config);
  const expected = rows.map((row) => encodeRow(weights, row));
  for (const name of lanesOf(weights.config)) {
    const output = await (await open(weights, name)).encode(rows);
    expect(output, name).toHaveLength(rows.length * size);
    expected.forEach((words, row) => {
      expect(output.slice(row * size, (row + 1) * size), `${name}, row ${row}`).toEqual(words);
    });
  }
}

interface Known {
  name?: string;
  seed: number;
  config: EncoderConfig;
  lengths: number[];
  rowDigests: string[];
}

const file = path.resolve(import.meta.dirname, '../vectors/seeded-models.json');
const known = (JSON.parse(readFileSync(file, 'utf8')) as Known[]).map(
  ({ name = 'as the first encoders', ...rest }) => ({ name, ...rest }),
);

describe('the known answers of seeded-models.json', () => {
  test.each(known)('$seed: $name', async ({ seed, config, lengths, rowDigests }) => {
    const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
    const size = outputSize(config);
    for (const name of lanesOf(config)) {
      const encoder = await open(makeSyntheticEncoder(seed, config), name);
      const output = await encoder.encode(rows);
      const digests = rows.map((_, row) =>
        toHex(rowDigest(wordsToBytes(output.subarray(row * size, (row + 1) * size)))),
      );
      expect(digests, name).toEqual(rowDigests);
    }
  });
});

describe('every variant equals the oracle, in seven bits and in eight', () => {
  test.each(syntheticVariants)('$name', async ({ changes }) => {
    for (const weightBits of [7, 8] as const) {
      const weights = make(41, { ...changes, weightBits });
      const rows = makeSyntheticRows(42, [1, 2, 3, 5, 8, 13, 31, 63], 64);
      await expectOracle(weights, rows);
    }
  });

  test.each<[string, Partial<EncoderConfig>]>([
    ['of cls', { pooling: 'cls', dense: { size: 1024, activation: 'tanh' } }],
    ['of a mean', { dense: { size: 16, activation: 'identity' } }],
  ])('the longest row, biased, with a dense layer %s', async (_, changes) => {
    const long = { tokensMax: 512, positions: 512, layers: 1, hiddenSize: 32, heads: 1 };
    const weights = make(43, { ...long, attentionBias: true, weightBits: 7, ...changes });
    await expectOracle(weights, makeSyntheticRows(44, [512, 1, 511], 64));
  });
});

describe('extremes', () => {
  const rows = makeSyntheticRows(52, [1, 7, 64, 2], 64);

  test.each([ATTENTION_BIAS_MAX, -ATTENTION_BIAS_MAX])('every bias %i but one', async (most) => {
    const weights = make(51, { attentionBias: true, hiddenSize: 256, heads: 1, layers: 1 });
    weights.attentionBias?.fill(most).fill(-most, 64, 65);
    await expectOracle(weights, rows);
  });

  test.each([68, 128, 256])('queries and keys that saturate, heads of %i', async (size) => {
    const hiddenSize = size === 68 ? 272 : size;
    const weights = make(size, {
      hiddenSize,
      heads: hiddenSize / size,
      intermediateSize: 64,
      layers: 1,
      attentionBias: true,
      weightBits: 7,
    });
    for (const { qkv } of weights.layers) {
      qkv.shift = 28;
      qkv.scale.fill(32768);
    }
    await expectOracle(weights, rows);
  });

  test.each(['identity', 'tanh'] as const)('a dense layer of %s that saturates', async (kind) => {
    const weights = make(54, { dense: { size: 48, activation: kind }, outlierColumns: 64 });
    // Both ends of the range, both ends of the table, and what the weights say.
    const edges = [2 ** 29, -(2 ** 29), 32767, -32768, 0];
    const { dense } = weights;
    dense?.bias.set(dense.bias.map((_, n) => edges[n % edges.length]));
    await expectOracle(weights, rows);
  });

  test('all zeros', async () => {
    const weights = make(55, { dense: { size: 32, activation: 'tanh' }, attentionBias: true });
    weights.dense?.weight.fill(0);
    weights.dense?.bias.fill(0);
    weights.attentionBias?.fill(0);
    await expectOracle(weights, rows);
  });
});

describe('a group of many rows', () => {
  const changes = { dense: { size: 48, activation: 'identity' } } as const;
  const config = { ...changes, layers: 1, positions: 512, tokensMax: 512, weightBits: 7 } as const;
  const weights = make(61, config);

  test('passes the dense layer in blocks, to the bytes of each row alone', async () => {
    // More rows than a block holds, in fewer tokens than a group holds.
    const rows = makeSyntheticRows(62, Array(300).fill(1), 64);
    await expectOracle(weights, rows);
  });

  test('counts the dense layer once a row, and ends with the total', async () => {
    const rows = makeSyntheticRows(63, [512, 3, 512, 1, 7], 64);
    const seen: SliceProgress[] = [];
    const encoder = await open(weights);
    await encoder.encode(rows, { onSlice: (slice) => void seen.push(slice) });
    const total = rows.reduce((sum, row) => sum + rowCost(weights.config, row.length), 0);
    expect(seen.at(-1)).toMatchObject({ done: total, total, row: 3, rows: 2 });
    const steps = seen.map(({ done }, at) => done - (at > 0 ? seen[at - 1].done : 0));
    const ofDense = [1, 2].map((count) => count * denseCost(weights.config));
    expect(steps.at(-1)).toBe(ofDense[1]);
    expect(steps.filter((step) => ofDense.includes(step)).length).toBeGreaterThanOrEqual(3);
  });
});
