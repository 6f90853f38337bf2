// The whole contributor in a real Chromium: worker, comlink, WASM, OPFS and IndexedDB as they are,
// against the strict coordinator on the page's own origin.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
  // Chromium gives a page no GPU for a while after its second crash; the test crashes it once.
  const args = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];
  browser = await launchChromium({ webgpu: true, args });
});

beforeEach(async () => {
  coordinator = new StrictCoordinator(server.origin);
  page = await (await browser.newContext()).newPage();
  await open();
  return () => page.context().close();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(): Promise<void> {
  await page.goto(`${server.origin}/harness`);
  await page.waitForFunction('globalThis.harness');
}

const start = (unitsMax: number, backend = 'wasm') =>
  page.evaluate(
    `harness.contributor.start(
      { backend: '${backend}', unitsMax: ${unitsMax}, dutyPercent: 100 }, null)`,
  );

/** Waits for a status of which the expression, over `status`, is true. */
const until = (expression: string) =>
  page.waitForFunction(
    `harness.statuses.findLast((status) => ${expression} || status.phase === 'failed')`,
  );

test('a real worker computes in WASM what the oracle computes', async () => {
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3, 20, 7]);
  expect(coordinator.requested).toEqual([]);
  await start(3);
  const status = await (await until(`status.phase === 'stopped'`)).jsonValue();
  expect(status).toMatchObject({ phase: 'stopped', units: 3, device: { backend: 'wasm' } });
  expect(coordinator.accepted.size).toBe(3);
});

test('a finished result survives a reload, and its session too', async () => {
  coordinator.addUnit([9]);
  coordinator.fault = (path) => {
    const isAnswered = path !== '/v1/work' || coordinator.open.size === 0;
    return isAnswered ? null : new Response('', { status: 503 });
  };
  await start(0);
  await until('status.outbox === 1');
  await open();
  coordinator.fault = null;
  await start(0);
  await until(`status.verdicts[0]?.state === 'accepted'`);
  expect(coordinator.accepted.size).toBe(1);
  expect(coordinator.sessions.size).toBe(1);
});

test('stop ends a long unit between its slices and hands the leases back', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 64 };
  coordinator = new StrictCoordinator(server.origin, long);
  for (let unit = 0; unit < 2; unit++) coordinator.addUnit(new Array(32).fill(512));
  await start(0);
  await until('status.unit !== null');
  await page.evaluate('harness.contributor.stop()');
  await until(`status.phase === 'stopped'`);
  // A coordinator on a busy machine may hear of it a little later.
  await expect.poll(() => coordinator.open.size).toBe(0);
  expect(coordinator.accepted.size).toBe(0);
  expect(coordinator.returns[0]?.reason).toBe('stopped');
});

test('a full disk stops the contributor, with its reason and the lease handed back', async () => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 4096 });
  coordinator.addUnit([9]);
  await start(0);
  const status = await (await until(`status.phase === 'failed'`)).jsonValue();
  expect(status).toMatchObject({ error: { code: 'cache/storage-full' } });
  await expect.poll(() => coordinator.open.size).toBe(0);
});

test('a second tab waits for the first, and takes over when it stops', async () => {
  await start(0);
  await until(`status.phase === 'waiting'`);
  const first = page;
  page = await first.context().newPage();
  await open();
  await start(0);
  await until(`status.message.includes('another tab')`);
  expect(coordinator.sessions.size).toBe(1);
  await first.evaluate('harness.contributor.stop()');
  await until(`status.message.includes('No unit is left')`);
});

test('a GPU lost in the middle of a unit is opened again, and the unit computed', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512 };
  coordinator = new StrictCoordinator(server.origin, long);
  coordinator.addUnit(new Array(8).fill(256));
  await start(1, 'webgpu');
  await until('status.unit !== null');
  const devtools = await browser.newBrowserCDPSession();
  await devtools.send('Browser.crashGpuProcess').catch(() => {});
  const status = await (await until(`status.phase === 'stopped'`)).jsonValue();
  expect(status).toMatchObject({ units: 1, device: { backend: 'webgpu' } });
  expect(await page.evaluate(lostOnce)).toBe(true);
  expect(coordinator.accepted.size).toBe(1);
});

/** Keeps every GPU device that the contributor's worker opens within the test's reach. */
const keepDevices = `globalThis.name === 'idlewild contributor' && (() => {
  const { requestDevice } = GPUAdapter.prototype;
  globalThis.devices = [];
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    devices.push(device);
    return device;
  };
})()`;
const inWorkers = (script: string) =>
  Promise.all(page.workers().map((worker) => worker.evaluate(script)));

test('a GPU device destroyed in the middle of a unit is opened again, and the lease kept', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512 };
  coordinator = new StrictCoordinator(server.origin, long);
  coordinator.addUnit(new Array(8).fill(256));
  await inWorkers(keepDevices);
  await start(1, 'webgpu');
  await until('status.unit !== null');
  await inWorkers('globalThis.devices?.at(-1).destroy()');
  const status = await (await until(`status.phase === 'stopped'`)).jsonValue();
  expect(status).toMatchObject({ units: 1, device: { backend: 'webgpu' } });
  expect(await page.evaluate(lostOnce)).toBe(true);
  expect(coordinator.returns).toEqual([]);
});

const lostOnce = `harness.statuses.some(({ message }) => message.includes('device was lost'))`;

test('codes survive the way from the worker to the page', async () => {
  await start(0);
  const code = await page.evaluate(
    `harness.contributor.start({ backend: 'wasm', unitsMax: 0, dutyPercent: 100 }, null)
      .then(() => null, (error) => error.code)`,
  );
  expect(code).toBe('worker/already-started');
});

test('a wallet that refuses in the page is known by its code in the worker', async () => {
  await page.evaluate(`harness.contributor.start(
    { backend: 'wasm', unitsMax: 0, dutyPercent: 100 },
    harness.walletSigner({ request: async () => { throw { code: 4001, message: 'No.' } } }))`);
  const status = await (await until(`status.phase === 'failed'`)).jsonValue();
  expect(status).toMatchObject({ error: { code: 'wallet/refused' } });
});

test('a worker that dies says so to the page', async () => {
  await start(0);
  await until(`status.phase === 'waiting'`);
  const workers = page.workers();
  const crash = `globalThis.name === 'idlewild contributor' &&
    setTimeout(() => { throw new Error('As the test says.') })`;
  await Promise.all(workers.map((worker) => worker.evaluate(crash)));
  const status = await (await until(`status.phase === 'failed'`)).jsonValue();
  expect(status).toMatchObject({ error: { code: 'worker/crashed', retryable: true } });
});

test('a worker that does not load is a network in the way', async () => {
  await page.route(/worker\/main\.ts/, (route) => route.abort());
  await open();
  const code = await page.evaluate(
    `harness.contributor.start({ backend: 'wasm', unitsMax: 0, dutyPercent: 100 }, null)
      .then(() => null, (error) => error.code)`,
  );
  expect(code).toBe('network/unreachable');
});

test('data cleared under a working tab costs neither its session nor its counter', async () => {
  for (let unit = 0; unit < 6; unit++) coordinator.addUnit([9]);
  await start(2);
  await until(`status.phase === 'stopped'`);
  const devtools = await page.context().newCDPSession(page);
  await start(0);
  // A verdict beyond the first run's two: this run has read the session that is cleared now.
  await until(`status.totals.accepted >= 3`);
  const cleared = { origin: server.origin, storageTypes: 'indexeddb' };
  await devtools.send('Storage.clearDataForOrigin', cleared);
  for (let unit = 6; unit < 9; unit++) coordinator.addUnit([9], unit + 1);
  await until(`status.units >= 7 && status.outbox === 0`);
  expect(coordinator.sessions.size).toBe(1);
});

test('the self-test passes on WASM and WebGPU with one digest, and finds one wrong bit', async () => {
  const run = (name: string, wrong: boolean) =>
    page.evaluate(`harness.lab.selfTest('${name}', ${wrong})`);
  const digest = await run('wasm', false);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(await run('webgpu', false)).toBe(digest);
  expect(await run('wasm', true)).toBe('self-test/wrong-bytes');
});
