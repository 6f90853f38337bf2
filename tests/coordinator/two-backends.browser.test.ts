// One batch on two backends: Chromium's WebGPU and this process's wasm give other bytes, and the
// coordinator accepts both.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { waits } from '#store/waits.ts';
import { type OnnxBrowser, openOnnxBrowser } from '../onnx/browser.ts';
import { waves } from '../onnx/requests.ts';
import { tinyModel } from '../onnx/tiny-models.ts';
import { type BoundedSite, requestLine, startBoundedSite } from './bounded-site.ts';

let site: BoundedSite;
let onnx: OnnxBrowser;
beforeAll(async () => {
  site = await startBoundedSite();
  onnx = await openOnnxBrowser();
});
afterAll(async () => {
  await onnx?.close();
  await site.close();
});

test('WebGPU and wasm on one batch: both are accepted', async () => {
  const lines = [requestLine('one', waves(1)), requestLine('three', waves(3, 2))];
  const id = await site.submit(lines, site.apiKey, { endpoint: '/v1/infer' });
  const { manifest, shards } = tinyModel();
  const model = { manifest, shards: shards.map((bytes) => [...bytes]) };
  const run = async (backend: 'webgpu' | 'wasm') => {
    const done = await onnx.call('runTiny', { backend, place: 'here', model });
    return { ...done, rows: done.rows.map((row) => decodeRowOutput(Uint8Array.from(row))) };
  };
  const runs = [await run('webgpu'), await run('wasm')];
  const told = [];
  for (const { adapterClass, rows } of runs) {
    const one = await site.able(adapterClass);
    const [lease] = (await one.lease()).leases;
    await one.answer(lease, rows);
    told.push([one, lease.lease] as const);
    site.clock.now += waits.sameClassMs + 1;
  }
  await site.coordinator.settle();
  for (const [one, lease] of told) {
    expect(await one.ask(lease)).toMatchObject({ state: 'accepted', code: 'verdict/agreed' });
  }
  expect(await site.batch(id)).toMatchObject({ status: 'completed' });
  // Else this would be a test of equal bytes.
  const [gpu, cpu] = runs.map(({ rows }) => rows[1].y.data);
  expect(equalBytes(gpu, cpu)).toBe(false);
  await site.coordinator.checkBooks();
});
