// The relaxed lane behind the backend's door: taken where it is right, refused where a kernel was
// miscompiled, before its first use or after; the bytes are the oracle's in every case.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKernels, relaxedKernels } from '#cli/build-kernels.ts';
import type { SliceProgress } from '#model/backend.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { checkLane } from '#wasm/check-lane.ts';
import { chooseForm } from '#wasm/choose-form.ts';
import { createMachine } from '#wasm/create-machine.ts';
import { WasmEncoder } from '#wasm/encoder.ts';
import { compileKernels, hasRelaxedDot } from '#wasm/kernels.ts';
import { openPlainLane } from '#wasm/plain-lane.ts';
import { openRelaxedLane } from '#wasm/relaxed-lane.ts';

// Node 20 has relaxed SIMD behind a flag, and its first compiler gets the dot that adds wrong.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
v8.setFlagsFromString('--no-liftoff');

const weights = makeSyntheticEncoder(7, { ...syntheticConfig, weightBits: 7, outlierColumns: 8 });
const texts = makeSyntheticRows(8, [3, 17, 1, 40], weights.config.vocabularySize);
const expected = Int32Array.from(texts.flatMap((text) => [...encodeRow(weights, text)]));

let folder: string;
let plain: Uint8Array<ArrayBuffer>;
let relaxed: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-relaxed-'));
  plain = await readKernels();
  relaxed = await readKernels(relaxedKernels);
});
afterAll(() => rm(folder, { recursive: true }));

/** A clock by which the relaxed loops always win: each reading is nearer to the last. */
function makeEagerClock() {
  let [now, step] = [0, 1];
  return () => {
    step *= 0.99;
    now += step;
    return now;
  };
}

/** The relaxed module as a faulty compiler would run it. */
async function miscompile(file: string, from: string, to: string) {
  const sources = path.join(folder, `${file}-${from.length}-${to.length}`);
  await cp(relaxedKernels.sources, sources, { recursive: true });
  const text = await readFile(path.join(sources, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(path.join(sources, file), text.replaceAll(from, to));
  return readKernels({ ...relaxedKernels, sources, target: path.join(sources, 'kernels.wasm') });
}

test('this engine has the relaxed dot', () => {
  expect(hasRelaxedDot()).toBe(true);
});

test.each(['pairs', 'fused'] as const)('the lane of %s passes its checks', async (form) => {
  const lane = await openRelaxedLane(await compileKernels(relaxed), form);
  expect(await checkLane(lane, await openPlainLane(await compileKernels(plain)))).toBe(true);
});

describe('the backend', () => {
  const clock = { now: makeEagerClock(), sliceMs: Infinity };

  test('takes the lane for seven-bit weights, and says so', async () => {
    const backend = await createWasmBackend(plain, { relaxed: async () => relaxed, clock });
    const encoder = await backend.createEncoder(weights);
    expect(backend.adapter).toContain('relaxed dot');
    expect(await encoder.encode(texts)).toEqual(expected);
  });

  test('does not ask for the module for eight-bit weights', async () => {
    const backend = await createWasmBackend(plain, { relaxed: () => expect.unreachable() });
    await backend.createEncoder(makeSyntheticEncoder(1));
    expect(backend.adapter).toBe('WebAssembly SIMD, one thread');
  });

  test('does without a module that cannot be had', async () => {
    const gone = () => Promise.reject(new Error('404'));
    const backend = await createWasmBackend(plain, { relaxed: gone });
    const encoder = await backend.createEncoder(weights);
    expect(await encoder.encode(texts)).toEqual(expected);
  });

  test.each([
    ['a dot that loses a bit', 'byte-tile.ts', 'right4 = i32x4.shl(right4, 7)', 'right4 = right4'],
    ['rows that forget an outlier', 'byte-rows.ts', 'whole - (upper << 7)', 'whole'],
    ['an offset not taken off', 'byte-linear.ts', 'i32x4.add(base1, term)', 'base1'],
  ])('refuses %s', async (_, file, from, to) => {
    const wrong = await miscompile(file, from, to);
    const backend = await createWasmBackend(plain, { relaxed: async () => wrong, clock });
    const encoder = await backend.createEncoder(weights);
    expect(backend.adapter).toBe('WebAssembly SIMD, one thread');
    expect(await encoder.encode(texts)).toEqual(expected);
  });
});

describe('the form', () => {
  test('is one that gives the known answers, however fast the other', async () => {
    const fused = 'return v128.relaxed_dot_add<i32>(a, b, c);';
    const module = await miscompile('byte-tile.ts', fused, 'return i32x4.add(c, a);');
    expect(await chooseForm(await compileKernels(module), makeEagerClock())).toBe('pairs');
  });

  test('is none where plain SIMD is as fast', async () => {
    expect(await chooseForm(await compileKernels(relaxed), () => 0)).toBeNull();
  });
});

test('a lane that goes wrong later is replaced, and the call computed again', async () => {
  const lane = await openRelaxedLane(
    await compileKernels(
      await miscompile('byte-tile.ts', 'i32x4.shl(left0, 7)', 'i32x4.shl(left0, 6)'),
    ),
    'pairs',
  );
  const spare = async () =>
    createMachine(await openPlainLane(await compileKernels(plain)), weights);
  const clock = { now: () => 0, sliceMs: 0 };
  const encoder = new WasmEncoder(createMachine(lane, weights), clock, spare);
  const seen: SliceProgress[] = [];
  const output = await encoder.encode(texts, { onSlice: (slice) => void seen.push(slice) });
  expect(output).toEqual(expected);
  seen.slice(1).forEach((slice, at) => {
    expect(slice.done).toBeGreaterThanOrEqual(seen[at].done);
  });
  expect(seen.at(-1)?.done).toBe(seen[0].total);
  expect(await encoder.encode(texts)).toEqual(expected);
});
