// GET /v1/market over a real database: nobody and nothing at first, then what contributors did, who is
// there, what waits; no name of anybody; asked often, looked up once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rateEpochMs } from '#protocol/price.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterAll(() => site?.close());

/** Past the moment for which an answer is kept. */
const market = async () => {
  site.clock.now += 30_000;
  return (await site.get('/v1/market')).json;
};

const addWork = (name: string, texts: number) =>
  site.submit(makeTexts(texts).map((text, i) => embedLine(`${i}`, `${name} ${text}`)));

test('before anybody came: models, and nothing else', async () => {
  const { models, capacity, waiting, earned, rate } = await market();
  expect(models).toMatchObject([
    { id: site.model.id, name: 'synthetic-1', class: 'exact', units: 0 },
  ]);
  expect([capacity, earned.classes, rate]).toEqual([[], [], 1_000]);
  expect(waiting).toEqual({ batches: 0, units: 0, too_dear: 0, multiply_adds: 0 });
});

test('what waits is counted by model, and about what it costs', async () => {
  await addWork('waits', 200);
  const { models, waiting } = await market();
  expect(waiting).toMatchObject({ batches: 1, too_dear: 0 });
  expect(waiting.units).toBeGreaterThan(1);
  expect(waiting.multiply_adds).toBeGreaterThan(waiting.units);
  expect(models[0]).toMatchObject({
    units: waiting.units,
    multiply_adds: waiting.multiply_adds,
  });
});

/** Leases, and brings what came out of them after so long. */
async function workFor(who: TestContributor, ms: number): Promise<void> {
  const want = { models: [], speed: 1e9 };
  const { leases } = await who.work({ want: { units: 2, ...want } });
  site.clock.now += ms;
  const results = await Promise.all(leases.map((lease) => who.makeResult(lease)));
  await who.work({ results, want: { units: 0, ...want } });
}

test('what an hour brought follows from work, its rate and the time that a contributor was there', async () => {
  const [one, two] = [await site.contributor(), await site.contributor()];
  for (let turn = 0; turn < 8; turn++) {
    for (const who of [one, two]) await workFor(who, 20_000);
    await site.coordinator.settle();
  }
  // What is counted of a moment is written down by the next call that comes a while later.
  site.clock.now += rateEpochMs;
  for (const who of [one, two]) await who.turn(2);
  await site.coordinator.settle();
  const { capacity, earned } = await market();
  expect(capacity).toMatchObject([{ backend: 'typescript', machines: 2 }]);
  expect(capacity[0].measured).toBeLessThanOrEqual(2);
  const [hour] = earned.classes;
  expect(hour).toMatchObject({ backend: 'typescript', machines: 2 });
  expect(hour.machine_hours).toBeGreaterThan(0);
  const { low, middle, high } = hour.credits_per_hour;
  expect(low <= middle && middle <= high).toBe(true);
  expect(middle).toBeGreaterThan(0);
  const text = JSON.stringify({ capacity, earned });
  for (const who of [one, two]) expect(text).not.toContain(who.address);
});

test('anyone may ask, from any origin, and it is looked up once in a while', async () => {
  site.clock.now += 30_000;
  const ask = () => site.coordinator.inject({ method: 'GET', url: '/v1/market' });
  const first = await ask();
  expect(first.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=30',
  });
  await addWork('later', 100);
  expect((await ask()).json()).toEqual(first.json());
  expect((await market()).waiting.batches).toBe(first.json().waiting.batches + 1);
});
