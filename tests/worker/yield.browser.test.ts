// The page's frames come first: a real tab whose main thread is kept busy makes the worker yield,
// and gets all of it back when the page is smooth again.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '#cli/chromium.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { serveHarness } from './serve-harness.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

let server: Awaited<ReturnType<typeof serveHarness>>;
let browser: Browser;
let page: Page;
let coordinator: StrictCoordinator;

beforeAll(async () => {
  server = await serveHarness((url, { body }) =>
    coordinator.fetch(url, { body: new Uint8Array(body) }),
  );
  browser = await launchChromium({ webgpu: false });
  page = await browser.newPage();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** A slow display, so that a machine that is busy with other tests is none that janks. */
const periodMs = 300;
const jankMs = 700;

const until = (expression: string) =>
  page.waitForFunction(
    `harness.statuses.findLast((status) => ${expression} || status.phase === 'failed')`,
  );

test('the worker yields to late frames and climbs back when they are smooth', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 64 };
  coordinator = new StrictCoordinator(server.origin, long);
  // Seconds each, enough of them to last; the oracle would need minutes for one.
  coordinator.checks = false;
  for (let unit = 0; unit < 100; unit++) coordinator.addUnit(new Array(32).fill(512));
  await page.goto(`${server.origin}/harness`);
  await page.waitForFunction('globalThis.harness');
  await page.evaluate(
    `harness.contributor.start({ backend: 'wasm', unitsMax: 0, dutyPercent: 100 }, null)`,
  );
  await until('status.unit !== null');
  await page.evaluate(`harness.watch(${periodMs})`);
  expect(await page.evaluate('harness.statuses.some(({ yielding }) => yielding)')).toBe(false);

  await page.evaluate(`globalThis.jank = setInterval(() => {
    const end = performance.now() + ${jankMs};
    while (performance.now() < end);
  })`);
  await until('status.yielding');
  await page.evaluate('clearInterval(jank)');
  await page.waitForFunction('!harness.statuses.at(-1).yielding');
  const last = await page.evaluate('harness.statuses.at(-1)');
  expect(last).toMatchObject({ phase: 'working', yielding: false });
  await page.evaluate('harness.contributor.stop()');
});
