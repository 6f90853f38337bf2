// The contributor's whole loop in Node, against a strict coordinator, computed by the oracle. What
// becomes of its sessions is in sessions.e2e.test.ts.
import { expect, test } from 'vitest';
import { createReferenceBackend } from '#reference/encoder.ts';
import { lying, stuck } from './bad-backends.ts';
import {
  begin,
  cbor,
  isFailed,
  isStopped,
  startOptions as options,
  wireError,
} from './begin-contributor.ts';
import { choice } from './node-environment.ts';
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
