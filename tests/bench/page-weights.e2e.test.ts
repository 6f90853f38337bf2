// What a browser really fetches of the shipped build stays small. The worker's budget, 60 kB
// without onnxruntime, is for all that it fetches until the first result of a visit that resumes,
// and for all script of any visit that computes in WASM. Once in a browser's life come on top: the
// kernels in WASM; for WebGPU the making of a key and the tuning of the device.
import { expect, test } from 'vitest';
import { withMiniature } from './page.ts';
import { ofKind, sum, sumSent, weighPages, weighWorker } from './page-weights.ts';

const scriptBytesMax = 30_000;
const widgetBytesMax = 3_000;
const workerBytesMax = 60_000;
/** Two modules of WASM: 9.3 kB measured. */
const kernelBytesMax = 10_000;
/** What a visit that resumes fetches none of, or less of. */
const onceNames = /^(signing|time-variants|\w+-shaders)\.js$/;
/** Of these 9.9 kB measured where two variants are tried, 11.2 kB for all there are. */
const onceBytesMax = 12_000;

test('what is fetched before consent, and until the first result, is small', async () => {
  await withMiniature(async (origin) => {
    const { page, frame, widget } = await weighPages(origin);
    for (const scripts of [ofKind(page, 'script'), ofKind(frame, 'script')]) {
      expect(scripts.length).toBeGreaterThan(1);
      expect(sum(scripts), JSON.stringify(scripts)).toBeLessThanOrEqual(scriptBytesMax);
      expect(scripts.map(({ name }) => name)).not.toContain('main.js');
    }
    expect(widget.map(({ name }) => name)).toEqual(['idlewild.js']);
    expect(sum(widget)).toBeLessThanOrEqual(widgetBytesMax);
    const { first, second } = await weighWorker(origin, 'wasm');
    expect(first.entry.map(({ name }) => name)).toContain('main.js');
    for (const { worker } of [first, second]) {
      expect(worker.map(({ name }) => name)).toContain('kernels.wasm');
      const [scripts, kernels] = [ofKind(worker, 'script'), ofKind(worker, 'wasm')];
      expect(sum(scripts), JSON.stringify(scripts)).toBeLessThanOrEqual(workerBytesMax);
      expect(sum(kernels), JSON.stringify(kernels)).toBeLessThanOrEqual(kernelBytesMax);
      expect(sumSent(worker)).toBeLessThan(sum(worker));
    }
    expect(sum(second.worker), JSON.stringify(second.worker)).toBeLessThanOrEqual(workerBytesMax);
  });
});

test('computing in WebGPU keeps to the same, but for what a browser meets once', async () => {
  await withMiniature(async (origin) => {
    const { first, second } = await weighWorker(origin, 'webgpu');
    expect(ofKind(first.worker, 'wasm')).toEqual([]);
    expect(sum(second.worker), JSON.stringify(second.worker)).toBeLessThanOrEqual(workerBytesMax);
    const once = first.worker.filter(({ name }) => onceNames.test(name));
    const others = first.worker.filter((file) => !once.includes(file));
    expect(once.map(({ name }) => name)).toContain('signing.js');
    expect(sum(others), JSON.stringify(others)).toBeLessThanOrEqual(workerBytesMax);
    expect(sum(once), JSON.stringify(once)).toBeLessThanOrEqual(onceBytesMax);
  });
});
