// What a browser really fetches of the shipped build stays small. The worker's budget, 60 kB
// without onnxruntime, is for all that it fetches until the first result, its kernels included: of a
// first visit, on which a key is made and signs, as of one that resumes.
import { expect, test } from 'vitest';
import { withMiniature } from './page.ts';
import { ofKind, sum, sumSent, weighPages, weighWorker } from './page-weights.ts';

const scriptBytesMax = 30_000;
const widgetBytesMax = 3_000;
const workerBytesMax = 60_000;
const namesOf = (files: readonly { name: string }[]) => files.map(({ name }) => name);

test('what is fetched before consent, and until the first result, is small', async () => {
  await withMiniature(async (origin) => {
    const { page, frame, widget } = await weighPages(origin);
    for (const scripts of [ofKind(page, 'script'), ofKind(frame, 'script')]) {
      expect(scripts.length).toBeGreaterThan(1);
      expect(sum(scripts), JSON.stringify(scripts)).toBeLessThanOrEqual(scriptBytesMax);
      expect(namesOf(scripts)).not.toContain('main.js');
    }
    expect(namesOf(widget)).toEqual(['idlewild.js']);
    expect(sum(widget)).toBeLessThanOrEqual(widgetBytesMax);
    const { first, second } = await weighWorker(origin, 'wasm');
    expect(namesOf(first.entry)).toContain('main.js');
    for (const { worker } of [first, second]) {
      expect(namesOf(worker)).toContain('kernels.wasm');
      expect(sum(worker), JSON.stringify(worker)).toBeLessThanOrEqual(workerBytesMax);
      expect(sumSent(worker)).toBeLessThan(sum(worker));
    }
  });
});

test('computing in WebGPU keeps to the same', async () => {
  await withMiniature(async (origin) => {
    const { first, second } = await weighWorker(origin, 'webgpu');
    for (const { worker } of [first, second]) {
      expect(ofKind(worker, 'wasm')).toEqual([]);
      expect(sum(worker), JSON.stringify(worker)).toBeLessThanOrEqual(workerBytesMax);
    }
    expect(namesOf(first.worker)).toContain('typed-signatures.js');
    expect(namesOf(second.worker)).not.toContain('typed-signatures.js');
  });
});
