// Finish, a page that is put to sleep, and a network that is lost, by a clock that the test moves.
import { expect, test } from 'vitest';
import type { Bytes } from '#protocol/bytes.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import type { WorkCall, WorkRequest } from '#protocol/wire.ts';
import { testOrigin } from './strict-coordinator.ts';
import { openTimed } from './timed-run.ts';

test('finish computes what is on the device, hands back the rest, sends, and pauses', async () => {
  const { contributor, reach, last, clock, coordinator } = await openTimed({ slices: 25 });
  await reach(({ units, unit }) => units === 1 && unit !== null);
  await contributor.finish();
  await reach(({ saying }) => saying.code === 'working/finishing');
  expect(last().finishing).toBe(true);
  await reach(({ phase }) => phase === 'paused');
  expect(last()).toMatchObject({ pauses: ['user'], units: 2, outbox: 0, finishing: false });
  expect(coordinator.accepted.size).toBe(2);
  expect(coordinator.open.size).toBe(0);
  await clock.advance(5_000);
  expect(last().units).toBe(2);
  await contributor.resume();
  await reach(({ units }) => units === 6);
  await clock.pass(contributor.stop());
});

test('resume takes a finish back', async () => {
  const { contributor, reach, last, clock } = await openTimed({ slices: 25 });
  await reach(({ unit }) => unit !== null);
  await contributor.finish();
  await reach(({ finishing }) => finishing);
  await contributor.resume();
  await reach(({ units }) => units === 6);
  expect(last()).toMatchObject({ pauses: [], finishing: false });
  await clock.pass(contributor.stop());
});

test('finish without a network pauses all the same, with the result kept', async () => {
  const { contributor, reach, last, clock, coordinator } = await openTimed({ slices: 25 });
  await reach(({ unit }) => unit !== null);
  coordinator.fault = (path) => (path === '/v1/work' ? new TypeError('fetch failed') : null);
  await contributor.finish();
  await reach(({ pauses }) => pauses.includes('user'));
  expect(last()).toMatchObject({ phase: 'paused', outbox: 1, finishing: false });
  await clock.pass(contributor.stop());
});

test('a page that leaves hands everything back at once, and goes on when it is back', async () => {
  const { contributor, reach, last, clock, coordinator, heard } = await openTimed({ slices: 200 });
  await reach(({ unit }) => unit !== null);
  const { now } = clock;
  const left = now();
  await contributor.leave();
  await clock.until(() => coordinator.open.size === 0);
  expect(now() - left).toBeLessThan(100);
  expect(coordinator.returns.every(({ reason }) => reason === 'stopped')).toBe(true);
  await clock.advance(1_000);
  const slices = heard.length;
  await clock.advance(10_000);
  expect(heard.length).toBe(slices);
  await contributor.comeBack();
  await reach(({ phase, units }) => phase === 'working' && units === 1);
  expect(last().pauses).toEqual([]);
  expect(coordinator.sessions.size).toBe(1);
  await clock.pass(contributor.stop());
});

test('what a page sends in its last moment is signed, small, and hands everything back', async () => {
  const { contributor, reach, clock, coordinator } = await openTimed({ slices: 100 });
  let body: Bytes | null = null;
  await contributor.watchFarewell((sealed) => {
    body = sealed;
  });
  await reach(({ unit }) => unit !== null);
  await clock.advance(1_000);
  const sealed = body as Bytes | null;
  if (!sealed) throw new Error('Nothing was sealed.');
  expect(sealed.length).toBeLessThan(64 << 10);
  const call = decodeCbor(sealed) as WorkCall;
  const { want, results } = decodeCbor(call.body) as WorkRequest;
  expect(want).toEqual({ units: 0, models: [], speed: 0, project: null });
  expect(results).toEqual([]);
  const held = [...coordinator.open.keys()].sort();
  expect(held.length).toBeGreaterThan(0);
  const url = `${testOrigin}/v1/work`;
  expect((await coordinator.fetch(url, { method: 'POST', body: sealed })).status).toBe(200);
  expect(coordinator.returns.map(({ lease }) => lease).sort()).toEqual(held);
  expect(coordinator.open.size).toBe(0);
  await clock.pass(contributor.stop());
  expect(body).toBeNull();
});

test('a farewell that calls have overtaken is heard, and so is what comes after it', async () => {
  const { contributor, reach, clock, coordinator } = await openTimed({ slices: 100, units: 12 });
  const sealed: Bytes[] = [];
  await contributor.watchFarewell((body) => {
    if (body) sealed.push(body);
  });
  await reach(() => sealed.length > 0);
  const [farewell] = sealed;
  const { returns } = decodeCbor((decodeCbor(farewell) as WorkCall).body) as WorkRequest;
  const calls = coordinator.calls.length;
  await reach(() => coordinator.calls.length > calls + 1);
  const url = `${testOrigin}/v1/work`;
  expect((await coordinator.fetch(url, { method: 'POST', body: farewell })).status).toBe(200);
  expect(coordinator.returns.map(({ lease }) => lease)).toEqual(
    expect.arrayContaining(returns.map(({ lease }) => lease)),
  );
  // The page lives on, and the worker does not know: its next call is made again, over that counter.
  const { length } = coordinator.calls;
  await reach(({ units }) => units === 12);
  expect(coordinator.calls.length).toBeGreaterThan(length);
  expect(coordinator.sessions.size).toBe(1);
  await clock.pass(contributor.stop());
});

test('what ran out while the machine slept is dropped, and the session goes on', async () => {
  const { contributor, reach, clock, coordinator } = await openTimed({ slices: 25, units: 12 });
  await reach(({ units, unit }) => units === 1 && unit !== null);
  // The monotonic clock stood still: only the wall clock tells.
  const { wallMs } = clock;
  clock.wallMs = () => wallMs() + 3_600_000;
  const queued = [...coordinator.open.keys()].slice(1);
  expect(queued.length).toBeGreaterThan(0);
  const before = coordinator.calls.length;
  await reach(({ units }) => units >= 4);
  // Nothing says that it still holds what ran out: the coordinator gives it again, or to others.
  const next = coordinator.calls.slice(before).find(({ want }) => want.units > 0);
  expect(next?.holding.filter((lease) => queued.includes(lease))).toEqual([]);
  expect(coordinator.sessions.size).toBe(1);
  await clock.pass(contributor.stop());
});

const dead = () => new TypeError('fetch failed');

test('a lost network is shown when all is computed, and nothing is lost or sent twice', async () => {
  const { contributor, reach, last, clock, coordinator } = await openTimed({
    slices: 25,
    units: 8,
  });
  await reach(({ units, unit }) => units === 1 && unit !== null);
  coordinator.fault = dead;
  const held = coordinator.open.size;
  await reach(({ phase }) => phase === 'paused');
  expect(last()).toMatchObject({ pauses: ['offline'], saying: { code: 'paused/reasons' } });
  // Everything that was held is computed, and waits.
  expect(last().outbox).toBe(held);
  await clock.advance(20_000);
  coordinator.fault = null;
  await reach(({ units }) => units === 8);
  await reach(({ outbox }) => outbox === 0);
  expect(last().pauses).toEqual([]);
  expect(coordinator.accepted.size).toBe(8);
  const sent = coordinator.calls.flatMap(({ results }) => results.length);
  expect(sent.reduce((sum, count) => sum + count, 0)).toBe(8);
  await clock.pass(contributor.stop());
});

test('the browser knows first: one failed call is enough, and it hurries when it is back', async () => {
  const { contributor, reach, last, clock, coordinator, world } = await openTimed({ units: 1 });
  await reach(({ saying }) => saying.code === 'waiting/reason');
  coordinator.retryAfterMs = 30_000;
  await clock.advance(2_000);
  coordinator.fault = dead;
  const lost = clock.now();
  world.setOnline(false);
  await reach(({ pauses }) => pauses.includes('offline'));
  expect(clock.now() - lost).toBeLessThan(500);
  await clock.advance(100_000);
  coordinator.addUnit([4], 77);
  coordinator.fault = null;
  const back = clock.now();
  world.setOnline(true);
  await reach(({ pauses }) => pauses.length === 0);
  expect(clock.now() - back).toBeLessThan(500);
  await reach(({ units }) => units === 2);
  expect(last().outbox).toBeLessThanOrEqual(1);
  await clock.pass(contributor.stop());
});

test('a coordinator on this very machine needs no network', async () => {
  const { contributor, reach, seen, clock, world } = await openTimed({ units: 6 });
  await reach(({ unit }) => unit !== null);
  world.setOnline(false);
  await reach(({ units }) => units === 6);
  await clock.advance(3_000);
  expect(seen.some(({ pauses }) => pauses.includes('offline'))).toBe(false);
  await clock.pass(contributor.stop());
});

test('a chosen project is asked for, and a change of it is heard', async () => {
  const settings = { project: 'project_a' };
  const { contributor, reach, clock, coordinator, chosen } = await openTimed({ settings });
  await reach(({ units }) => units === 1);
  expect(coordinator.calls.every(({ want }) => want.project === 'project_a')).toBe(true);
  await contributor.setSettings({ ...chosen, project: null });
  await reach(({ units }) => units === 6);
  await clock.advance(3_000);
  expect(coordinator.calls.at(-1)?.want.project).toBeNull();
  await clock.pass(contributor.stop());
});
