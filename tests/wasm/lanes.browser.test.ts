// The relaxed lane in Chromium: both forms give plain SIMD's bytes, the backend the
// oracle's, for every variant of a model.
import { expect, test } from 'vitest';
import { servePage } from '../bench/serve-page.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import type { LaneReport } from './lanes-page.ts';

test('both forms of the relaxed dot are right in Chromium', async () => {
  const server = await servePage('tests/wasm/lanes-page.ts');
  const browser = await launchPatiently({ webgpu: false });
  try {
    const page = await browser.newPage();
    await page.goto(server.page, { waitUntil: 'load' });
    const report = await page.evaluate(() =>
      (globalThis as unknown as { checkLanes(): Promise<LaneReport> }).checkLanes(),
    );
    expect(report).toMatchObject({ hasRelaxedDot: true, pairs: true, fused: true, differing: [] });
    expect(report.adapter).toMatch(/^WebAssembly SIMD/);
  } finally {
    await browser.close();
    await server.close();
  }
});
