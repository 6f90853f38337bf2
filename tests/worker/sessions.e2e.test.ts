// What becomes of a contributor's session: it outlives a dead network, is replaced when the
// coordinator forgot it, and is not asked for without end.
import { expect, test } from 'vitest';
import { deviceSigner } from '#wallet/device-signer.ts';
import {
  begin,
  isFailed,
  isStopped,
  startOptions as options,
  wireError,
} from './begin-contributor.ts';
import { memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

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

// Its credit is settled for the wallet that it will be bound to, not for itself.
test.each(['device', 'wallet'] as const)('the account of a %s says what it is', async (kind) => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([6]);
  const { contributor, until } = begin(coordinator, { store });
  const signer = { ...deviceSigner(store), kind };
  await contributor.start({ ...options, unitsMax: 1 }, kind === 'device' ? null : signer);
  await until(isStopped);
  expect([...coordinator.sessions.values()].map(({ device }) => device)).toEqual([
    kind === 'device',
  ]);
});

test('sessions refused without end are given up', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.fault = (path) => (path === '/v1/work' ? wireError('session/unknown') : null);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('session/refused');
});
