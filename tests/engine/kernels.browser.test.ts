// Every kernel against the oracle, to the byte, in Chromium: at the workgroup sizes that GPUs and
// software adapters get, and at odd ones, with and without the packed dot product.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebgpuOptions } from '#engine/backend.ts';
import { makeRandom } from '#model/synthetic.ts';
import {
  bitLength,
  multiplyHigh,
  normalize,
  requantize,
  roundedSquareRoot,
} from '#reference/arithmetic.ts';
import { makeAttentionCases } from './attention-cases.ts';
import { type EngineBrowser, openEngineBrowser } from './browser.ts';
import type { KernelCase } from './kernel-case.ts';
import { makeLinearCases } from './linear-cases.ts';
import { makeRowCases } from './row-cases.ts';

const tunings: Record<string, WebgpuOptions> = {
  'as on a GPU': { packedDot: true, rowLanes: 64, lanes: 64, groupColumns: 16, groupRows: 4 },
  'as on a software adapter': {
    packedDot: false,
    rowLanes: 4,
    lanes: 16,
    groupColumns: 8,
    groupRows: 4,
  },
  'odd sizes, packed': { packedDot: true, rowLanes: 7, lanes: 5, groupColumns: 3, groupRows: 1 },
  'odd sizes, unpacked': {
    packedDot: false,
    rowLanes: 1,
    lanes: 33,
    groupColumns: 5,
    groupRows: 3,
  },
};

const cases: KernelCase[] = [...makeRowCases(), ...makeLinearCases(), ...makeAttentionCases()];

let browser: EngineBrowser;

beforeAll(async () => {
  browser = await openEngineBrowser();
});

afterAll(() => browser?.close());

describe.each(Object.keys(tunings))('kernels, %s', (tuning) => {
  test('open on the adapter, with the tuning asked for', async () => {
    const opened = await browser.call('open', tunings[tuning]);
    expect(opened.tuning).toEqual(tunings[tuning]);
    expect(opened.adapter).not.toBe('');
  });

  test.each(cases.map(({ name }) => name))('%s', async (name) => {
    const { run, expected } = cases.find((one) => one.name === name)!;
    const words = await browser.call('kernel', run);
    const wrong = expected.findIndex((word, at) => (word | 0) !== words[at]);
    expect({ wrong, got: words[wrong] }).toEqual({ wrong: -1, got: undefined });
    expect(words.length).toBe(expected.length);
  });
});

test('the primitives agree with their formulas', async () => {
  await browser.call('open', {});
  const random = makeRandom(11);
  const operands: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < 8000; i++) {
    const m = [random(65536), 65535, 32768, 0][random(8) % 4];
    const s = 1 + random(48);
    // As large as the result may be: the norm's second form needs it to fit i32.
    const most = Math.min(2 ** 31, Math.floor((2 ** 31 * 2 ** s) / Math.max(m, 1) / 2));
    const x = Math.max(-(2 ** 31), random(2 * most) - most);
    const any = [random(2 ** 32), 2 ** random(32), 2 ** random(32) - 1, 2 ** 32 - 1][i % 4];
    const { m: mantissa, e } = normalize(Math.max(any, 1));
    const q = requantize(x, m, s);
    operands.push(x, m, s, any);
    expected.push(q, q, multiplyHigh(m, any & 65535), roundedSquareRoot(any));
    expected.push(mantissa, e, any, bitLength(any));
  }
  const words = await browser.call('primitives', operands);
  const wrong = expected.findIndex((word, at) => (word | 0) !== words[at]);
  const at = 4 * Math.floor(wrong / 8);
  expect({ wrong, given: operands.slice(at, at + 4) }).toMatchObject({ wrong: -1 });
});
