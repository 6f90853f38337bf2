// The contributor's loop against the real coordinator, in-process: leases go back when the page goes
// or finishes, a lost network loses nothing and pays nothing twice, and a crew fills a batch.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bytes } from '#protocol/bytes.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Contributor, ContributorStatus } from '#worker/status.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { stuck } from './bad-backends.ts';
import { settings, startOptions } from './begin-contributor.ts';
import { choice, type NodeParts, nodeEnvironment } from './node-environment.ts';

const origin = 'http://localhost';

/** Macrotasks that a wait may take: many seconds of them, but no wait without end. */
const turnsMax = 1_000_000;

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
  return () => site.close();
});
const begun: Contributor[] = [];
afterEach(async () => {
  // One that went on would take the next test's units.
  for (const contributor of begun.splice(0)) await contributor.stop();
  await site.coordinator.checkBooks();
});

/** The network between the two; null while it is lost. */
function wire(isUp: () => boolean): typeof fetch {
  return async (input, init = {}) => {
    if (!isUp()) throw new TypeError('fetch failed');
    init.signal?.throwIfAborted();
    const { pathname } = new URL(String(input));
    const { body } = init;
    const answer = await site.coordinator.inject({
      method: body ? 'POST' : 'GET',
      url: pathname,
      remoteAddress: '10.9.9.9',
      headers: { ...(init.headers as Record<string, string>) },
      ...(body ? { payload: Buffer.from(body as Uint8Array) } : {}),
    });
    const headers = { 'content-type': String(answer.headers['content-type']) };
    return new Response(new Uint8Array(answer.rawPayload), { status: answer.statusCode, headers });
  };
}

function begin(parts: Partial<NodeParts> = {}) {
  const link = { isUp: true };
  const environment = nodeEnvironment({ origin, fetch: wire(() => link.isUp), ...parts });
  const contributor = createContributor(environment);
  begun.push(contributor);
  let last: ContributorStatus | null = null;
  void contributor.subscribe((status) => {
    last = status;
  });
  const until = async (isIt: (status: ContributorStatus) => boolean) => {
    for (let turn = 0; turn < turnsMax; turn++) {
      if (last && isIt(last)) return last;
      if (last?.phase === 'failed') throw new Error(`${last.error?.code}: ${last.message}`);
      await environment.clock.breathe();
    }
    throw new Error(`It never was so; last: ${JSON.stringify({ ...last, verdicts: [] })}`);
  };
  return { contributor, until, link, environment };
}

const submit = (count: number) =>
  site.submit(makeTexts(count).map((text, i) => embedLine(`line-${i}`, text)));

/** Gauges are kept for two seconds. */
const gaugesMs = 2_000;

async function leasesOpen(): Promise<number> {
  site.clock.now += gaugesMs;
  const { raw } = await site.get('/metrics');
  return Number(/^idlewild_leases_open (\d+)/m.exec(raw.toString())?.[1]);
}

test('a page that goes hands back by the real rules, twice over, and goes on when it is back', async () => {
  await submit(200);
  const backends = [choice(stuck(createReferenceBackend()))];
  const { contributor, until, environment } = begin({ backends });
  let farewell: Bytes | null = null;
  await contributor.watchFarewell((body) => {
    farewell = body ?? farewell;
  });
  await contributor.start(startOptions, null);
  await until(({ unit }) => unit !== null);
  for (let turn = 0; !farewell && turn < turnsMax; turn++) await environment.clock.breathe();
  expect(farewell).not.toBeNull();
  expect(await leasesOpen()).toBeGreaterThan(0);
  // Sealed anew with every call: one that went while another call was on its way is stale.
  const send = async () => {
    const headers = { 'content-type': 'application/cbor' };
    const init = { method: 'POST', headers, body: farewell as Bytes | null };
    return (await wire(() => true)(`${origin}/v1/work`, init)).status;
  };
  await expect.poll(send).toBe(200);
  await contributor.leave();
  await until(({ pauses }) => pauses.includes('hidden'));
  await expect.poll(leasesOpen).toBe(0);
  await contributor.comeBack();
  await until(({ phase, unit }) => phase === 'working' && unit !== null);
  expect(await leasesOpen()).toBeGreaterThan(0);
  await contributor.stop();
});

test('finish leaves no lease open, and what it computed is taken', async () => {
  await submit(200);
  const { contributor, until } = begin();
  await contributor.start(startOptions, null);
  await until(({ units }) => units > 0);
  await contributor.finish();
  const { units, totals, outbox } = await until(({ phase }) => phase === 'paused');
  expect(outbox).toBe(0);
  expect(totals.pending + totals.accepted).toBe(units);
  expect(await leasesOpen()).toBe(0);
  await contributor.stop();
});

test('a lost network in the middle: every unit counts once, and the batch ends', async () => {
  const id = await submit(320);
  const { contributor, until, link } = begin();
  await contributor.start(startOptions, null);
  await until(({ units }) => units > 0);
  link.isUp = false;
  const lost = await until(({ pauses }) => pauses.includes('offline'));
  expect(lost.phase).toBe('paused');
  link.isUp = true;
  await until(({ totals, outbox }) => totals.pending + totals.accepted >= 10 && outbox === 0);
  await contributor.stop();
  const second = await site.contributor();
  for (let round = 0; round < 10; round++) await second.turn();
  await site.coordinator.settle();
  expect(await site.batch(id)).toMatchObject({ status: 'completed', x_units: { completed: 10 } });
});

test('a crew of three under one session computes a batch that a stranger confirms', async () => {
  const id = await submit(640);
  const crew = {
    workersMax: 3,
    create: async () => ({ ...createReferenceBackend(), name: 'wasm' as const }),
  };
  const backends = [choice({ ...createReferenceBackend(), name: 'wasm' })];
  const { contributor, until } = begin({ backends, crew });
  await contributor.start({ ...startOptions, settings: { ...settings, workers: 3 } }, null);
  await until(({ workersRunning }) => workersRunning === 3);
  await until(({ totals, outbox }) => totals.pending + totals.accepted >= 20 && outbox === 0);
  await contributor.stop();
  const second = await site.contributor();
  for (let round = 0; round < 20; round++) await second.turn();
  await site.coordinator.settle();
  expect(await site.batch(id)).toMatchObject({ status: 'completed', x_units: { completed: 20 } });
});
