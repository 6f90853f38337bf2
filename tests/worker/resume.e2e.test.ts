// A visitor who comes back: work is asked for while the self-test runs, and none is computed before it
// has passed; the speed is that of the earlier visit.
import { expect, test } from 'vitest';
import type { ExactBackend } from '#model/backend.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { lying } from './bad-backends.ts';
import { begin, isFailed, isStopped, startOptions } from './begin-contributor.ts';
import { choice, memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

const options = { ...startOptions, unitsMax: 1 };

/** Opens no encoder until it is let, and counts those that it has opened. */
function gated(backend: ExactBackend) {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = { open, encoders: 0 };
  const createEncoder: ExactBackend['createEncoder'] = async (weights) => {
    await opened;
    gate.encoders++;
    return backend.createEncoder(weights);
  };
  return { gate, backend: { ...backend, createEncoder } };
}

async function visitOnce(coordinator: StrictCoordinator, store = memoryStore()) {
  coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator, { store });
  await contributor.start(options, null);
  await until(isStopped);
  expect(coordinator.accepted.size).toBe(1);
  return store;
}

/** Resolves when a lease is out. */
function leased(coordinator: StrictCoordinator) {
  let tell = () => {};
  const out = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const send: typeof fetch = async (input, init) => {
    const answer = await coordinator.fetch(String(input), init);
    if (coordinator.open.size > 0) tell();
    return answer;
  };
  return { out, send };
}

test('asks for work while it is tested, and computes none before', async () => {
  const coordinator = new StrictCoordinator();
  const store = await visitOnce(coordinator);
  coordinator.addUnit([4], 2);
  const { gate, backend } = gated(createReferenceBackend());
  const { out, send } = leased(coordinator);
  const { contributor, until } = begin(coordinator, {
    store,
    fetch: send,
    backends: [choice(backend)],
  });
  await contributor.start(options, null);
  await out;
  const status = await until(({ phase }) => phase === 'testing');
  expect(status).toMatchObject({ unit: null, units: 0, device: null });
  expect(gate.encoders).toBe(0);
  gate.open();
  await until(isStopped);
  expect(coordinator.accepted.size).toBe(2);
});

test('a device that fails its test hands back what was asked for, and computes nothing', async () => {
  const coordinator = new StrictCoordinator();
  const store = await visitOnce(coordinator);
  coordinator.addUnit([4], 2);
  const { gate, backend } = gated(lying(createReferenceBackend()));
  const { out, send } = leased(coordinator);
  const { contributor, until } = begin(coordinator, {
    store,
    fetch: send,
    backends: [choice(backend)],
  });
  await contributor.start(options, null);
  await out;
  gate.open();
  expect((await until(isFailed)).error?.code).toBe('engine/no-backend');
  await expect.poll(() => coordinator.open.size).toBe(0);
  expect(coordinator.accepted.size).toBe(1);
});

test('a first visit asks for nothing before its test is over', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([4], 2);
  const { gate, backend } = gated(createReferenceBackend());
  const asked: number[] = [];
  const send: typeof fetch = async (input, init) => {
    if (String(input).endsWith('/v1/work')) asked.push(gate.encoders);
    return coordinator.fetch(String(input), init);
  };
  const { contributor, until } = begin(coordinator, { fetch: send, backends: [choice(backend)] });
  await contributor.start(options, null);
  gate.open();
  await until(isStopped);
  expect(Math.min(...asked)).toBeGreaterThan(0);
});

test('the speed of an earlier visit is known for a day', async () => {
  const coordinator = new StrictCoordinator();
  const store = await visitOnce(coordinator);
  const kept = (await store.get('speed/wasm')) as { speed: number };
  expect(kept.speed).toBeGreaterThan(0);
  await store.set('speed/wasm', { ...kept, speed: 1, atWallMs: -86_400_000 });
  await visitOnceMore(coordinator, store);
  expect(await store.get('speed/wasm')).not.toMatchObject({ speed: 1 });
});

async function visitOnceMore(
  coordinator: StrictCoordinator,
  store: ReturnType<typeof memoryStore>,
) {
  coordinator.addUnit([4], 2);
  const { contributor, until } = begin(coordinator, { store });
  await contributor.start(options, null);
  await until(isStopped);
  expect(coordinator.accepted.size).toBe(2);
}
