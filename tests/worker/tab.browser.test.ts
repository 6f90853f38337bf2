// The whole contributor in a real Chromium: worker, comlink, WASM, OPFS and IndexedDB as they are,
// against the strict coordinator on the page's own origin.
import { expect, test } from 'vitest';
import { syntheticConfig } from '#model/synthetic.ts';
import { StrictCoordinator } from './strict-coordinator.ts';
import { eventually, launchDriven, useTab } from './tab.ts';

// Chromium gives a page no GPU for a while after its second crash; the test crashes it once.
const args = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];
const tab = useTab(() => launchDriven({ webgpu: true, args }));

test('a real worker computes in WASM what the oracle computes', async () => {
  for (let unit = 0; unit < 3; unit++) tab.coordinator.addUnit([3, 20, 7]);
  expect(tab.coordinator.requested).toEqual([]);
  await tab.start({ unitsMax: 3 });
  const status = await tab.reached(`status.phase === 'stopped'`);
  expect(status).toMatchObject({ phase: 'stopped', units: 3, device: { backend: 'wasm' } });
  expect(tab.coordinator.accepted.size).toBe(3);
});

test('a finished result survives a reload, and its session too', async () => {
  tab.coordinator.addUnit([9]);
  tab.coordinator.fault = (path) => {
    const isAnswered = path !== '/v1/work' || tab.coordinator.open.size === 0;
    return isAnswered ? null : new Response('', { status: 503 });
  };
  await tab.start();
  await tab.reached('status.outbox === 1');
  await tab.open();
  tab.coordinator.fault = null;
  await tab.start();
  await tab.reached(`status.verdicts[0]?.state === 'accepted'`);
  expect(tab.coordinator.accepted.size).toBe(1);
  expect(tab.coordinator.sessions.size).toBe(1);
});

test('stop ends a long unit between its slices and hands the leases back', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512, layers: 64 };
  tab.coordinator = new StrictCoordinator(tab.origin, long);
  for (let unit = 0; unit < 2; unit++) tab.coordinator.addUnit(new Array(32).fill(512));
  await tab.start();
  await tab.reached('status.unit !== null');
  await tab.stop();
  await tab.reached(`status.phase === 'stopped'`);
  // A coordinator on a busy machine may hear of it a little later.
  await eventually(() => tab.coordinator.open.size).toBe(0);
  expect(tab.coordinator.accepted.size).toBe(0);
  expect(tab.coordinator.returns[0]?.reason).toBe('stopped');
});

test('a full disk stops the contributor, with its reason and the lease handed back', async () => {
  const devtools = await tab.page.context().newCDPSession(tab.page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: tab.origin, quotaSize: 4096 });
  tab.coordinator.addUnit([9]);
  await tab.start();
  const status = await tab.reached(`status.phase === 'failed'`);
  expect(status).toMatchObject({ error: { code: 'cache/storage-full' } });
  await eventually(() => tab.coordinator.open.size).toBe(0);
});

test('a second tab waits for the first, and takes over when it stops', async () => {
  await tab.start();
  await tab.reached(`status.phase === 'waiting'`);
  const first = tab.page;
  tab.page = await first.context().newPage();
  await tab.open();
  await tab.start();
  await tab.reached(`status.message.includes('another tab')`);
  expect(tab.coordinator.sessions.size).toBe(1);
  await first.evaluate('harness.contributor.stop()');
  await tab.reached(`status.message.includes('No unit is left')`);
});

test('a GPU lost in the middle of a unit is opened again, and the unit computed', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512 };
  tab.coordinator = new StrictCoordinator(tab.origin, long);
  tab.coordinator.addUnit(new Array(8).fill(256));
  await tab.start({ unitsMax: 1, backend: 'webgpu' });
  await tab.reached('status.unit !== null');
  const devtools = await tab.page.context().browser()?.newBrowserCDPSession();
  await devtools?.send('Browser.crashGpuProcess').catch(() => {});
  const status = await tab.reached(`status.phase === 'stopped'`);
  expect(status).toMatchObject({ units: 1, device: { backend: 'webgpu' } });
  expect(await tab.page.evaluate(lostOnce)).toBe(true);
  expect(tab.coordinator.accepted.size).toBe(1);
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
  Promise.all(tab.page.workers().map((worker) => worker.evaluate(script)));

test('a GPU device destroyed in the middle of a unit is opened again, and the lease kept', async () => {
  const long = { ...syntheticConfig, positions: 512, tokensMax: 512 };
  tab.coordinator = new StrictCoordinator(tab.origin, long);
  tab.coordinator.addUnit(new Array(8).fill(256));
  await inWorkers(keepDevices);
  await tab.start({ unitsMax: 1, backend: 'webgpu' });
  await tab.reached('status.unit !== null');
  await inWorkers('globalThis.devices?.at(-1).destroy()');
  const status = await tab.reached(`status.phase === 'stopped'`);
  expect(status).toMatchObject({ units: 1, device: { backend: 'webgpu' } });
  expect(await tab.page.evaluate(lostOnce)).toBe(true);
  expect(tab.coordinator.returns).toEqual([]);
});

const lostOnce = `harness.statuses.some(({ message }) => message.includes('device was lost'))`;

test('codes survive the way from the worker to the page', async () => {
  await tab.start();
  const code = await tab.page.evaluate(
    `harness.contributor.start({ backend: 'wasm', unitsMax: 0, settings: harness.settings }, null)
      .then(() => null, (error) => error.code)`,
  );
  expect(code).toBe('worker/already-started');
});

test('a wallet that refuses in the page is known by its code in the worker', async () => {
  await tab.page.evaluate(`harness.contributor.start(
    { backend: 'wasm', unitsMax: 0, settings: harness.settings },
    harness.walletSigner({ request: async () => { throw { code: 4001, message: 'No.' } } }))`);
  const status = await tab.reached(`status.phase === 'failed'`);
  expect(status).toMatchObject({ error: { code: 'wallet/refused' } });
});

test('a worker that dies says so to the page', async () => {
  await tab.start();
  await tab.reached(`status.phase === 'waiting'`);
  const workers = tab.page.workers();
  const crash = `globalThis.name === 'idlewild contributor' &&
    setTimeout(() => { throw new Error('As the test says.') })`;
  await Promise.all(workers.map((worker) => worker.evaluate(crash)));
  const status = await tab.reached(`status.phase === 'failed'`);
  expect(status).toMatchObject({ error: { code: 'worker/crashed', retryable: true } });
});

test('a worker that does not load is a network in the way', async () => {
  await tab.page.route(/worker\/main\.ts/, (route) => route.abort());
  await tab.open();
  const code = await tab.page.evaluate(
    `harness.contributor.start({ backend: 'wasm', unitsMax: 0, settings: harness.settings }, null)
      .then(() => null, (error) => error.code)`,
  );
  expect(code).toBe('network/unreachable');
});

test('data cleared under a working tab costs neither its session nor its counter', async () => {
  for (let unit = 0; unit < 6; unit++) tab.coordinator.addUnit([9]);
  await tab.start({ unitsMax: 2 });
  await tab.reached(`status.phase === 'stopped'`);
  const devtools = await tab.page.context().newCDPSession(tab.page);
  await tab.start();
  // A verdict beyond the first run's two: this run has read the session that is cleared now.
  await tab.reached(`status.totals.accepted >= 3`);
  const cleared = { origin: tab.origin, storageTypes: 'indexeddb' };
  await devtools.send('Storage.clearDataForOrigin', cleared);
  for (let unit = 6; unit < 9; unit++) tab.coordinator.addUnit([9], unit + 1);
  await tab.reached(`status.units >= 7 && status.outbox === 0`);
  expect(tab.coordinator.sessions.size).toBe(1);
});

test('the self-test passes on WASM and WebGPU with one digest, and finds one wrong bit', async () => {
  const run = (name: string, wrong: boolean) =>
    tab.page.evaluate(`harness.lab.selfTest('${name}', ${wrong})`);
  const digest = await run('wasm', false);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(await run('webgpu', false)).toBe(digest);
  expect(await run('wasm', true)).toBe('self-test/wrong-bytes');
});
