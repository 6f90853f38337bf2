// Every kernel against the oracle, to the byte, in Chromium: in every variant, at the workgroup
// sizes that GPUs and software adapters get, and at odd ones.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebgpuOptions } from '#engine/backend.ts';
import { variants } from '#engine/variants.ts';
import { makeAttendCases, makeHeadsCases } from './attention-cases.ts';
import { type EngineBrowser, openEngineBrowser } from './browser.ts';
import type { KernelCase } from './kernel-case.ts';
import { makeLinearCases } from './linear-cases.ts';
import { makeRowCases } from './row-cases.ts';

const gpuSizes = { rowLanes: 64, lanes: 64 };
const softwareSizes = { rowLanes: 4, lanes: 16 };

/** The kernels that are the same in every variant are run at these sizes alone. */
const layouts: Record<string, WebgpuOptions> = {
  'as on a GPU': { variant: 'packed', ...gpuSizes },
  'as on a software adapter': { variant: 'software-unpacked', ...softwareSizes },
  'odd sizes, packed': { linear: 'packed', rowLanes: 7, lanes: 5, groupColumns: 3, groupRows: 1 },
  'odd sizes, unpacked': {
    linear: 'unpacked',
    rowLanes: 1,
    lanes: 33,
    groupColumns: 5,
    groupRows: 3,
  },
};

const odd = { rowLanes: 4, lanes: 5, groupColumns: 3, groupRows: 2 };

/** Every way to multiply, for the kernels that differ by it: linear and attend. */
const ways: Record<string, WebgpuOptions> = {
  ...Object.fromEntries(variants.map(({ name }) => [name, { variant: name, ...softwareSizes }])),
  'float, odd sizes': { linear: 'float', ...odd },
  'shared packed, odd sizes': { linear: 'sharedPacked', ...odd },
  'shared float, odd sizes': { linear: 'sharedFloat', ...odd },
};

const sameInAll: KernelCase[] = [...makeRowCases(), ...makeHeadsCases()];
const differing: KernelCase[] = [...makeLinearCases(), ...makeAttendCases()];

function findVariant(variant: string) {
  const { name, ...sizes } = variants.find((one) => one.name === variant)!;
  return sizes;
}

let browser: EngineBrowser;

beforeAll(async () => {
  browser = await openEngineBrowser();
});

afterAll(() => browser?.close());

async function check({ run, expected }: KernelCase): Promise<void> {
  const words = await browser.call('kernel', run);
  const wrong = expected.findIndex((word, at) => (word | 0) !== words[at]);
  expect({ wrong, got: words[wrong] }).toEqual({ wrong: -1, got: undefined });
  expect(words.length).toBe(expected.length);
}

async function open(options: WebgpuOptions): Promise<void> {
  const opened = await browser.call('open', options);
  const { variant, ...sizes } = options;
  expect(opened.tuning).toMatchObject(variant ? { ...findVariant(variant), ...sizes } : sizes);
  expect(opened.adapter).not.toBe('');
}

function named(cases: KernelCase[]) {
  return cases.map((one) => [one.name, one] as const);
}

describe.each(Object.keys(layouts))('kernels, %s', (layout) => {
  beforeAll(() => open(layouts[layout]));

  test.each(named(sameInAll))('%s', (_, one) => check(one));
});

describe.each(Object.keys(ways))('kernels, %s', (way) => {
  beforeAll(() => open(ways[way]));

  test.each(named(differing))('%s', (_, one) => check(one));
});
