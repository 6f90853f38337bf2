// What not every encoder has, whole in Chromium's worker: cls pooling, dense layers, an attention
// bias, heads over 64. Against the committed digests, and against the oracle at the ends of the
// ranges, to the byte, however the rows are batched.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebgpuOptions } from '#engine/backend.ts';
import { outputSize } from '#model/architecture.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { rowDigest } from '#protocol/unit.ts';
import { encodeRow } from '#reference/encoder.ts';
import { type EngineBrowser, openEngineBrowser } from './browser.ts';
import { type Drive, driveFeatures } from './drive-features.ts';

interface Model {
  name: string;
  config: Partial<EncoderConfig>;
  lengths: number[];
  drives?: Drive[];
}

const long = { positions: 512, tokensMax: 512, layers: 1 };
const manyRows = Array.from({ length: 70 }, (_, row) => 1 + (row % 3));

const models: Model[] = [
  {
    name: 'the longest row, biased, of the first token',
    config: { ...long, attentionBias: true, pooling: 'cls' },
    lengths: [512, 1, 33],
  },
  {
    name: 'the mean of the longest row, through tanh, a head of 80',
    config: {
      ...long,
      hiddenSize: 80,
      heads: 1,
      outlierColumns: 20,
      dense: { size: 16, activation: 'tanh' },
    },
    lengths: [511, 512, 2],
  },
  {
    name: 'many rows, the widest dense layer',
    config: { hiddenSize: 32, layers: 1, dense: { size: 1024, activation: 'identity' } },
    lengths: manyRows,
  },
  {
    name: 'the first tokens of many rows, through tanh',
    config: { pooling: 'cls', layers: 1, dense: { size: 112, activation: 'tanh' } },
    lengths: manyRows,
  },
  {
    name: 'a dense layer that saturates',
    config: { dense: { size: 80, activation: 'identity' } },
    lengths: [1, 13, 6],
    drives: ['dense loudest'],
  },
  {
    name: 'a tanh that saturates',
    config: { outlierColumns: 0, dense: { size: 80, activation: 'tanh' } },
    lengths: [1, 13, 6],
    drives: ['dense loudest'],
  },
  {
    name: 'biases at the ends of their range',
    config: { attentionBias: true, tokensMax: 37 },
    lengths: [37, 1, 20],
    drives: ['biases farthest'],
  },
  {
    name: 'scores and biases at the ends of their range, heads of 256',
    config: { hiddenSize: 512, heads: 2, layers: 1, attentionBias: true },
    lengths: [9, 2, 1],
    drives: ['biases farthest', 'scores farthest'],
  },
  {
    name: 'heads of 132 in two layers',
    config: { hiddenSize: 528, heads: 4, intermediateSize: 48 },
    lengths: [11, 3],
  },
];

const options: Record<string, WebgpuOptions> = {
  'as chosen for the adapter': {},
  'packed, small groups, one step a submit': {
    variant: 'packed',
    rowLanes: 32,
    groupTokensMax: 64,
    sliceMs: 0,
  },
};

interface Committed {
  name?: string;
  seed: number;
  config: EncoderConfig;
  lengths: number[];
  rowDigests: string[];
}

async function readCommitted(): Promise<(Committed & { name: string })[]> {
  const file = new URL('../vectors/seeded-models.json', import.meta.url);
  const all: Committed[] = JSON.parse(await readFile(file, 'utf8'));
  return all.flatMap((one) => (one.name ? [{ ...one, name: one.name }] : []));
}

const committed = await readCommitted();

let browser: EngineBrowser;

beforeAll(async () => {
  browser = await openEngineBrowser();
});

afterAll(() => browser?.close());

/** Encodes the rows together, alone and in reverse, and holds what was counted to the price. */
async function encode(run: {
  seed: number;
  config: EncoderConfig;
  lengths: number[];
  drives?: Drive[];
}): Promise<number[]> {
  const { together, alone, reversed, progress } = await browser.call('encode', run);
  const { config, lengths } = run;
  const size = outputSize(config);
  expect(together.length).toBe(lengths.length * size);
  expect(alone).toEqual(together);
  const rows = lengths.map((_, row) => together.slice(row * size, (row + 1) * size));
  expect(reversed).toEqual(rows.toReversed().flat());
  const total = lengths.reduce((sum, length) => sum + rowCost(config, length), 0);
  expect(progress.at(-1)).toMatchObject({ done: total, total });
  return together;
}

describe.each(Object.keys(options))('%s', (choice) => {
  beforeAll(async () => {
    await browser.call('open', options[choice]);
  });

  test('the committed models name everything that a model may need', () => {
    expect(committed.length).toBe(9);
  });

  test.each(committed)('committed: $name', async ({ seed, config, lengths, rowDigests }) => {
    const words = await encode({ seed, config, lengths });
    const size = outputSize(config);
    const digests = lengths.map((_, row) => {
      const output = Int32Array.from(words.slice(row * size, (row + 1) * size));
      return toHex(rowDigest(wordsToBytes(output)));
    });
    expect(digests).toEqual(rowDigests);
  });

  test.each(models)('$name', async ({ config: changes, lengths, drives = [] }) => {
    const config = { ...syntheticConfig, ...changes };
    const seed = 5;
    const words = await encode({ seed, config, lengths, drives });
    const weights = driveFeatures(makeSyntheticEncoder(seed, config), drives);
    const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
    expect(words).toEqual(rows.flatMap((row) => [...encodeRow(weights, row)]));
  });
});
