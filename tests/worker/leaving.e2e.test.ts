// What is held when the contributor leaves, pauses, changes its account or is refused: leases go
// back at once, finished results are neither lost nor brought to a stranger's account.
import { expect, test } from 'vitest';
import { createReferenceBackend } from '#reference/encoder.ts';
import type { Signer } from '#worker/status.ts';
import { stuck } from './bad-backends.ts';
import { begin, isFailed, isStopped, startOptions as options } from './begin-contributor.ts';
import { choice, memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

const wallet = (digit: string): Signer => ({
  kind: 'wallet',
  address: async () => `0x${digit.repeat(40)}`,
  signGrant: async () => new Uint8Array(65),
  signBinding: async () => new Uint8Array(65),
  signRevocation: async () => new Uint8Array(65),
});

/** Answers of /v1/work reach the contributor only after `release`. */
function hold(coordinator: StrictCoordinator) {
  let release = () => {};
  let leased = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isLeased = new Promise<void>((resolve) => {
    leased = resolve;
  });
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const response = await coordinator.fetch(input, init);
    if (String(input).endsWith('/v1/work') && coordinator.open.size > 0) {
      leased();
      await released;
    }
    return response;
  };
  return { fetch, release, isLeased };
}

test('stop while leases are on their way hands those back too', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const { fetch, release, isLeased } = hold(coordinator);
  const { contributor, leave } = begin(coordinator, { fetch });
  await contributor.start(options, null);
  await isLeased;
  const stopped = leave();
  release();
  await stopped;
  expect(coordinator.open.size).toBe(0);
  expect(coordinator.returns).toMatchObject([{ lease: 'lease-1', reason: 'stopped' }]);
});

test.each([
  ['a wallet that never answers', { ...wallet('a'), address: () => new Promise<string>(() => {}) }],
  [
    'a wallet that never signs',
    { ...wallet('a'), signGrant: () => new Promise<Uint8Array>(() => {}) },
  ],
])('stop does not wait for %s', async (_name, signer) => {
  const coordinator = new StrictCoordinator();
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, signer);
  await contributor.stop();
  expect((await until(isStopped)).phase).toBe('stopped');
});

test('stop does not wait for a device that never opens', async () => {
  const coordinator = new StrictCoordinator();
  const create = () => new Promise<never>(() => {});
  const never = { name: 'webgpu', why: '', whyCode: 'chosen', create } as const;
  const { contributor, until } = begin(coordinator, { backends: [never] });
  await contributor.start(options, null);
  await until(({ phase }) => phase === 'testing');
  await contributor.stop();
  expect((await until(isStopped)).phase).toBe('stopped');
});

test('a suspended account is told so, after its results were sent', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  await until(({ units }) => units === 1);
  coordinator.suspended = true;
  const { error, batch } = await until(isFailed);
  expect(error).toMatchObject({ code: 'account/suspended', retryable: false });
  expect(coordinator.accepted.size).toBe(1);
  expect(batch).toBeNull();
});

test('progress of a batch is shown while it is told, and not after', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 2; unit++) coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  await until(({ batch }) => batch?.unitsTotal === 2);
  await until(({ units }) => units === 2);
  await until(({ batch, phase }) => batch === null && phase === 'waiting');
  await contributor.stop();
});

test('results of a session that has run out go with the next one of the account', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([6]);
  const first = begin(coordinator, { store });
  coordinator.fault = (path) =>
    path === '/v1/work' && coordinator.open.size > 0 ? new TypeError('fetch failed') : null;
  await first.contributor.start(options, null);
  await first.until(({ outbox }) => outbox === 1);
  await first.leave();
  await store.remove('session');

  coordinator.fault = null;
  const second = begin(coordinator, { store });
  await second.contributor.start(options, null);
  await second.until(({ verdicts }) => verdicts[0]?.state === 'accepted');
  await second.leave();
  expect(coordinator.sessions.size).toBe(2);
  expect(coordinator.accepted.size).toBe(1);
  expect(await store.results()).toEqual([]);
});

test('results of another account wait for it', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([6]);
  const first = begin(coordinator, { store });
  coordinator.fault = (path) =>
    path === '/v1/work' && coordinator.open.size > 0 ? new TypeError('fetch failed') : null;
  await first.contributor.start(options, wallet('a'));
  await first.until(({ outbox }) => outbox === 1);
  await first.leave();

  coordinator.fault = null;
  const second = begin(coordinator, { store });
  await second.contributor.start(options, wallet('b'));
  const { outbox } = await second.until(({ message }) => message.includes('No unit is left'));
  await second.leave();
  expect(outbox).toBe(0);
  expect(coordinator.accepted.size).toBe(0);

  const third = begin(coordinator, { store });
  await third.contributor.start(options, wallet('a'));
  await third.until(({ verdicts }) => verdicts[0]?.state === 'accepted');
  await third.leave();
});

test('a pause hands back what waits at once, and the unit on the device before its time', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 4; unit++) coordinator.addUnit([5, 5]);
  const backends = [choice(stuck(createReferenceBackend()))];
  const { contributor, until, environment, leave } = begin(coordinator, { backends });
  await contributor.start(options, null);
  await until(({ unit }) => unit !== null);
  await contributor.pause();
  await until(({ phase }) => phase === 'paused');
  while (coordinator.open.size > 0) await environment.clock.breathe();
  expect(coordinator.returns.every(({ reason }) => reason === 'stopped')).toBe(true);
  await contributor.resume();
  await until(({ phase }) => phase === 'working');
  await leave();
  expect(coordinator.open.size).toBe(0);
});
