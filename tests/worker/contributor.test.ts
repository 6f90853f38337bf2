// The contributor's whole loop in Node, against a strict coordinator, computed by the oracle.
import { expect, test } from 'vitest';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { lying, stuck } from './bad-backends.ts';
import { begin, cbor, isFailed, isStopped, startOptions as options } from './begin-contributor.ts';
import { choice, memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

test('computes every unit, signs it, and stops by itself with its verdicts', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.pendingTimes = 2;
  for (let unit = 0; unit < 5; unit++) coordinator.addUnit([3, 9, 1]);
  const { contributor, until } = begin(coordinator);
  await contributor.start({ ...options, unitsMax: 5 }, null);
  const status = await until(isStopped);
  expect(coordinator.accepted.size).toBe(5);
  expect(status).toMatchObject({ units: 5, rows: 15, outbox: 0, error: null, model: 'tiny' });
  expect(status.verdicts.map(({ state }) => state)).toEqual(Array(5).fill('accepted'));
  expect(status.rowsPerSecond).toBeGreaterThan(0);
  expect(status.account?.kind).toBe('device');
  expect(coordinator.sessions.size).toBe(1);
});

test('stop hands back what is held, in the last call', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 4; unit++) coordinator.addUnit([5, 5]);
  const backends = [choice(stuck(createReferenceBackend()))];
  const { contributor, until, leave } = begin(coordinator, { backends });
  await contributor.start(options, null);
  await until(({ phase }) => phase === 'working');
  await leave();
  await until(isStopped);
  expect(coordinator.accepted.size).toBe(0);
  expect(coordinator.open.size).toBe(0);
  expect(coordinator.returns.length).toBeGreaterThan(0);
  expect(coordinator.returns.every(({ reason }) => reason === 'stopped')).toBe(true);
});

test('pause holds, and resume goes on', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([4]);
  const { contributor, until } = begin(coordinator);
  await contributor.pause();
  await contributor.start({ ...options, unitsMax: 3 }, null);
  await contributor.pause();
  const paused = await until(({ phase }) => phase === 'paused');
  expect(paused.units).toBeLessThan(3);
  await contributor.resume();
  expect((await until(isStopped)).units).toBe(3);
});

/** The network dies as soon as a lease is out. */
function deadOnceLeased({ open }: StrictCoordinator) {
  return (path: string) =>
    path === '/v1/work' && open.size > 0 ? new TypeError('fetch failed') : null;
}

test('a dead network keeps the outbox and the session; both go on at the next start', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([6]);
  const first = begin(coordinator, { store });
  coordinator.fault = deadOnceLeased(coordinator);
  await first.contributor.start(options, null);
  const offline = await first.until(({ outbox }) => outbox === 1);
  expect(offline.verdicts).toEqual([]);
  await first.leave();
  expect(await store.results()).toHaveLength(1);

  coordinator.fault = null;
  const second = begin(coordinator, { store });
  await second.contributor.start(options, null);
  await second.until(({ verdicts }) => verdicts[0]?.state === 'accepted');
  await second.leave();
  expect(coordinator.accepted.size).toBe(1);
  expect(coordinator.sessions.size).toBe(1);
  expect(await store.results()).toEqual([]);
});

test('a session that the coordinator forgot is replaced, its results answered with a reason', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([6]);
  const first = begin(coordinator, { store });
  coordinator.fault = deadOnceLeased(coordinator);
  await first.contributor.start(options, null);
  await first.until(({ outbox }) => outbox === 1);
  await first.leave();

  coordinator.fault = null;
  coordinator.sessions.clear();
  coordinator.open.clear();
  coordinator.addUnit([2, 2], 9);
  const second = begin(coordinator, { store });
  await second.contributor.start({ ...options, unitsMax: 1 }, null);
  const { verdicts } = await second.until(isStopped);
  expect(verdicts.map(({ code }) => code).sort()).toEqual(['lease/unknown', 'verdict/confirmed']);
  expect([...coordinator.accepted.keys()]).toEqual(['lease-9']);
});

test('a backend with one wrong byte takes no lease', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator, {
    backends: [choice(lying(createReferenceBackend()), 'webgpu')],
  });
  await contributor.start(options, null);
  const { error } = await until(isFailed);
  expect(error?.code).toBe('engine/no-backend');
  expect(error?.metaMessages[0]).toContain('computes wrong bytes');
  expect(coordinator.calls).toEqual([]);
});

test('a wrong backend gives way to the next, and the status says why', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const backends = [
    choice(lying(createReferenceBackend()), 'webgpu'),
    choice(createReferenceBackend()),
  ];
  const { contributor, until } = begin(coordinator, { backends });
  await contributor.start({ ...options, unitsMax: 1 }, null);
  const { device } = await until(isStopped);
  expect(device?.why).toContain('computes wrong bytes');
  expect(coordinator.accepted.size).toBe(1);
});

test('an input that is not what its lease says is refused as broken', async () => {
  const coordinator = new StrictCoordinator();
  const { lease } = coordinator.addUnit([3]);
  lease.input = new Uint8Array(lease.input).fill(1, 50);
  coordinator.addUnit([4]);
  const { contributor, until } = begin(coordinator);
  await contributor.start({ ...options, unitsMax: 1 }, null);
  await until(isStopped);
  expect(coordinator.returns[0]).toMatchObject({ lease: 'lease-1', reason: 'broken-input' });
  expect([...coordinator.accepted.keys()]).toEqual(['lease-2']);
});

test.each([
  ['a malformed answer', () => cbor(new Uint8Array([0xa0]), 200), 'coordinator/malformed'],
  ['an old wire', () => wireError('wire/version'), 'wire/version'],
  ['a suspended account', () => wireError('account/suspended'), 'account/suspended'],
])('%s ends the run with its code', async (_name, answer, code) => {
  const coordinator = new StrictCoordinator();
  coordinator.fault = (path) => (path === '/v1/work' ? answer() : null);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe(code);
});

function wireError(code: string): Response {
  const error = new IdlewildError(code, 'As the test says.').toWire();
  return cbor(encodeCbor({ error }), 400);
}

test('sessions refused without end are given up', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.fault = (path) => (path === '/v1/work' ? wireError('session/unknown') : null);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('session/refused');
});

test('a manifest of the wrong digest computes nothing', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 4; unit++) coordinator.addUnit([3]);
  coordinator.model.manifestBytes = new Uint8Array(coordinator.model.manifestBytes);
  coordinator.model.manifestBytes[9] ^= 1;
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('manifest/digest-mismatch');
  expect(coordinator.returns[0].detail).toContain('manifest/digest-mismatch');
  expect(coordinator.open.size).toBe(0);
});

test('an empty answer is not asked again before its time', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.retryAfterMs = 60_000;
  const { contributor, until, environment } = begin(coordinator);
  const start = environment.clock.now();
  await contributor.start(options, null);
  const waiting = await until(({ message }) => message.includes('No unit is left.'));
  expect(waiting.phase).toBe('waiting');
  while (coordinator.calls.length < 3) await environment.clock.breathe();
  expect(environment.clock.now() - start).toBeGreaterThanOrEqual(120_000);
  await contributor.stop();
});
