// Bounded units in Chromium, in a worker and in a thread of that worker: wasm, and WebGPU on
// SwiftShader with models of a few operators. Two backends agree within a tolerance, not to the byte.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { type OnnxBrowser, openOnnxBrowser } from './browser.ts';
import { tinyDecoder } from './tiny-decoder.ts';
import { tinyModel } from './tiny-models.ts';
import type { WholeModel } from './whole-model.ts';

const plain = ({ manifest, shards }: WholeModel) => ({
  manifest,
  shards: shards.map((bytes) => [...bytes]),
});
const tiny = plain(tinyModel());
const decoder = plain(tinyDecoder());

let onnx: OnnxBrowser;

beforeAll(async () => {
  onnx = await openOnnxBrowser();
});

afterAll(() => onnx?.close());

const valuesOf = (row: number[], name: string) =>
  Array.from(readElements(decodeRowOutput(Uint8Array.from(row))[name]));

test('nothing of the runtime is fetched before a backend is made', async () => {
  expect(onnx.fetched).toContain('onnx-worker.ts');
  expect(onnx.fetched.filter((name) => /^ort/.test(name))).toEqual([]);
});

test('wasm: in a worker and in a thread of its own, to the same bytes, told of the last request', async () => {
  const here = await onnx.call('runTiny', { backend: 'wasm', place: 'here', model: tiny });
  const thread = await onnx.call('runTiny', { backend: 'wasm', place: 'thread', model: tiny });
  expect(here.adapterClass).toBe('wasm');
  expect({ ...thread, seen: here.seen }).toEqual(here);
  expect(here.seen).toEqual(['1/2', '2/2']);
  expect(thread.seen.at(-1)).toBe('2/2');
});

test('WebGPU: within the tolerance of wasm, and a class that names the adapter', async () => {
  const wasm = await onnx.call('runTiny', { backend: 'wasm', place: 'here', model: tiny });
  const webgpu = await onnx.call('runTiny', { backend: 'webgpu', place: 'thread', model: tiny });
  expect(webgpu.adapterClass).toMatch(/^webgpu:[a-z0-9._-]+:[a-z0-9._-]+:float32$/);
  expect(webgpu.rows).toHaveLength(2);
  for (const [at, row] of webgpu.rows.entries()) {
    const expected = valuesOf(wasm.rows[at], 'y');
    const found = valuesOf(row, 'y');
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of found.entries()) {
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(
        1e-5 + 1e-4 * Math.abs(expected[i]),
      );
    }
  }
});

test('a decoder: the same tokens on wasm and on WebGPU, whose past stays on the GPU', async () => {
  const wasm = await onnx.call('runDecoder', { backend: 'wasm', place: 'here', model: decoder });
  const webgpu = await onnx.call('runDecoder', {
    backend: 'webgpu',
    place: 'thread',
    model: decoder,
  });
  const tokens = valuesOf(wasm.rows[0], 'tokens');
  expect(tokens.length).toBeGreaterThan(5);
  expect(new Set(tokens).size).toBeGreaterThan(3);
  expect(wasm.seen.filter((one) => one === 'step').length).toBeGreaterThan(5);
  expect(webgpu.rows.map((row) => valuesOf(row, 'tokens'))).toEqual([tokens, tokens]);
});

test('a GPU that is lost fails the unit for another try, and all that follows', async () => {
  const { first, second } = await onnx.call('loseDevice', tiny);
  for (const error of [first, second]) {
    expect(error).toMatchObject({ code: 'engine/device-lost', retryable: true });
  }
});

test('a stop ends the thread at once; whoever asks it again hears so', async () => {
  const { how, next } = await onnx.call('stopThread', tiny);
  expect(how?.message).toContain('stopped');
  expect(next?.code).toBe('engine/destroyed');
});

test('what is thrown between requests comes out as it was, and the thread goes on', async () => {
  const { how, rows } = await onnx.call('throwBetween', tiny);
  expect(how?.code).toBe('lease/returned');
  expect(rows).toBe(2);
});

test('a broken model ends nothing: the thread takes the next', async () => {
  const { how, rows } = await onnx.call('breakModel', tiny);
  expect(how).toMatchObject({ code: 'onnx/session', retryable: false });
  expect(rows).toBe(1);
});
