// The page's frames come first: a real tab whose main thread is kept busy makes the worker yield,
// and gets all of it back when the page is smooth again.
import { expect, test } from 'vitest';
import { launchDriven, useTab } from './tab.ts';

const tab = useTab(() => launchDriven({ webgpu: false }));

/** A slow display, so that a machine that is busy with other tests is none that janks. */
const periodMs = 300;
const jankMs = 700;

test('the worker yields to late frames and climbs back when they are smooth', async () => {
  tab.giveLongUnits(200);
  await tab.start();
  await tab.reached('status.unit !== null');
  expect(await tab.page.evaluate('harness.statuses.some(({ yielding }) => yielding)')).toBe(false);
  await tab.page.evaluate(`harness.watch(${periodMs})`);

  await tab.page.evaluate(`globalThis.jank = setInterval(() => {
    const end = performance.now() + ${jankMs};
    while (performance.now() < end);
  })`);
  await tab.reached('status.yielding');
  await tab.page.evaluate('clearInterval(jank)');
  await tab.until(`status.phase === 'working' && !status.yielding`);
  await tab.stop();
});
