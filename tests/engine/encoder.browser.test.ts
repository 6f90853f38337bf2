// Whole synthetic models in Chromium's worker against the oracle, to the byte, however the rows
// are batched; and what a caller is told when the device is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebgpuOptions } from '#engine/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { type EngineBrowser, openEngineBrowser } from './browser.ts';

const models: { name: string; config: Partial<EncoderConfig>; lengths: number[] }[] = [
  { name: 'the self-test model', config: {}, lengths: [1, 64, 5, 17, 2, 33] },
  { name: 'no outlier columns', config: { outlierColumns: 0 }, lengths: [9, 1, 31] },
  {
    name: '7-bit weights, 20 outliers, three heads of 32',
    config: {
      weightBits: 7,
      outlierColumns: 20,
      hiddenSize: 96,
      heads: 3,
      intermediateSize: 144,
      layers: 3,
    },
    lengths: [3, 3, 40, 12],
  },
  {
    name: 'one head, the longest row',
    config: {
      hiddenSize: 32,
      heads: 1,
      intermediateSize: 16,
      outlierColumns: 32,
      layers: 1,
      positions: 512,
      tokensMax: 512,
    },
    lengths: [512, 1, 300],
  },
];

const options: Record<string, WebgpuOptions> = {
  'as chosen for the adapter': {},
  'packed, groups of 64 tokens, one step a submit': {
    variant: 'packed',
    rowLanes: 32,
    groupTokensMax: 64,
    sliceMs: 0,
  },
};

let browser: EngineBrowser;

beforeAll(async () => {
  browser = await openEngineBrowser([
    '--disable-gpu-process-crash-limit',
    '--disable-domain-blocking-for-3d-apis',
  ]);
});

afterAll(() => browser?.close());

describe.each(Object.keys(options))('whole models, %s', (choice) => {
  test.each(models)('$name', async ({ config: changes, lengths }) => {
    const config = { ...syntheticConfig, ...changes };
    const seed = 5;
    await browser.call('open', options[choice]);
    const result = await browser.call('encode', { seed, config, lengths });

    const weights = makeSyntheticEncoder(seed, config);
    const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
    const expected = rows.map((row) => [...encodeRow(weights, row)]);
    expect(result.together).toEqual(expected.flat());
    expect(result.alone).toEqual(expected.flat());
    expect(result.reversed).toEqual(expected.toReversed().flat());

    const total = lengths.reduce((sum, length) => sum + rowCost(config, length), 0);
    const last = result.progress.at(-1)!;
    expect(last).toMatchObject({ done: total, total, layer: config.layers - 1 });
    for (const { row, rows: count } of result.progress) {
      expect(row).toBeGreaterThanOrEqual(0);
      expect(count).toBeGreaterThan(0);
      expect(row + count).toBeLessThanOrEqual(lengths.length);
    }
  });
});

/** Not tuned again for every device. */
const fixed = { variant: 'software-float' };
const model = { seed: 2, config: syntheticConfig, lengths: [20, 30] };

test('a device destroyed while encoding rejects with engine/device-lost', async () => {
  await browser.call('open', { ...fixed, sliceMs: 0 });
  // Too much for the two submits that are on their way before the first slice is told.
  const long = { ...model, lengths: new Array<number>(12).fill(60) };
  const { first, second } = await browser.call('lose', long);
  expect(first).toMatchObject({ code: 'engine/device-lost', retryable: true });
  expect(second).toMatchObject({ code: 'engine/device-lost', retryable: true });
});

test('a GPU process that crashes rejects with engine/device-lost, and a new one computes', async () => {
  await browser.call('open', fixed);
  await browser.call('startEncoding', model);
  const session = await browser.browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  const loss = await browser.call('awaitLoss', null);
  expect(loss).toMatchObject({ code: 'engine/device-lost', retryable: true });
  await browser.call('open', fixed);
  const { together } = await browser.call('encode', model);
  const weights = makeSyntheticEncoder(model.seed, model.config);
  const rows = makeSyntheticRows(model.seed, model.lengths, model.config.vocabularySize);
  expect(together).toEqual(rows.flatMap((row) => [...encodeRow(weights, row)]));
});

test('rows that the model cannot take are refused', async () => {
  await browser.call('open', fixed);
  const tooLong = { ...model, lengths: [65] };
  await expect(browser.call('encode', tooLong)).rejects.toMatchObject({ code: 'engine/bad-row' });
});
