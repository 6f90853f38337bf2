// A coordinator that lies, or a network that speaks for it: each ends in a wait that passes or in a
// clear code, with nothing lost and no endless work for the visitor's machine.
import { expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import type { WorkAnswer } from '#protocol/wire.ts';
import { begin, cbor, isFailed, isStopped, startOptions as options } from './begin-contributor.ts';
import { memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

/** The strict coordinator's answers to /v1/work, changed on their way. */
function tamper(coordinator: StrictCoordinator, change: (answer: WorkAnswer) => unknown) {
  const honest = coordinator.fetch;
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const response = await honest(input, init);
    if (!String(input).endsWith('/v1/work') || !response.ok) return response;
    const answer = decodeCbor(new Uint8Array(await response.arrayBuffer())) as WorkAnswer;
    return cbor(encodeCbor(change(answer)), 200);
  };
  return { fetch };
}

const signInPage = () =>
  new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } });

test('a sign-in page in the place of answers is waited out', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const { contributor, until } = begin(coordinator);
  coordinator.fault = (path) => (path === '/v1/work' ? signInPage() : null);
  await contributor.start({ ...options, unitsMax: 1 }, null);
  const waiting = await until(({ message }) => message.includes('Something else answers'));
  expect(waiting.phase).toBe('waiting');
  coordinator.fault = null;
  expect((await until(isStopped)).units).toBe(1);
  expect(coordinator.accepted.size).toBe(1);
});

test('an answer without end is cut off, and named', async () => {
  const coordinator = new StrictCoordinator();
  const chunk = new Uint8Array(1 << 20);
  let given = 0;
  coordinator.fault = (path) =>
    path === '/v1/work'
      ? new Response(
          new ReadableStream({
            pull(controller) {
              given += chunk.length;
              controller.enqueue(chunk);
            },
          }),
        )
      : null;
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('coordinator/malformed');
  expect(given).toBeLessThan(100 << 20);
});

test.each([
  ['a negative wait', { retryAfterMs: -1 }],
  ['a wait that is no number', { retryAfterMs: '5' }],
  ['leases without end', { leases: new Array(1000).fill(null) }],
  ['totals below nothing', { totals: { accepted: -1, pending: 0, rejected: 0, credit: 0 } }],
])('%s ends the run as malformed', async (_name, lie) => {
  const coordinator = new StrictCoordinator();
  const lying = tamper(coordinator, (answer) => ({ ...answer, ...lie }));
  const { contributor, until } = begin(coordinator, lying);
  await contributor.start(options, null);
  const { error } = await until(isFailed);
  expect(error?.code).toBe('coordinator/malformed');
  expect(error?.metaMessages[0]).toContain(Object.keys(lie)[0]);
});

test('an absurd wait is an hour, and verdicts are not waited for longer than their limit', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.pendingTimes = 1e9;
  coordinator.addUnit([3]);
  const lying = tamper(coordinator, (answer) => ({ ...answer, retryAfterMs: 1e12 }));
  const { contributor, until, environment } = begin(coordinator, lying);
  const start = environment.clock.now();
  await contributor.start({ ...options, unitsMax: 1 }, null);
  const { verdicts, retryAfterMs } = await until(isStopped);
  expect(verdicts[0].state).toBe('pending');
  expect(retryAfterMs).toBe(0);
  expect(environment.clock.now() - start).toBeLessThan(400_000);
});

test('leases that nobody asked for end the run', async () => {
  const coordinator = new StrictCoordinator();
  const { lease } = coordinator.addUnit([3]);
  const more = Array.from({ length: 40 }, (_, i) => ({ ...lease, lease: `unasked-${i}` }));
  const lying = tamper(coordinator, (answer) => ({ ...answer, leases: more }));
  const { contributor, until } = begin(coordinator, lying);
  await contributor.start(options, null);
  expect((await until(isFailed)).message).toBe('The coordinator gave units that nobody asked for.');
});

test('a result that is left without an answer is kept', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([3]);
  const lying = tamper(coordinator, (answer) => ({ ...answer, verdicts: [] }));
  const { contributor, until } = begin(coordinator, { ...lying, store });
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('coordinator/malformed');
  expect(await store.results()).toHaveLength(1);
});

test('a result that the coordinator cannot read is answered by its place', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  coordinator.addUnit([3]);
  const unread = { state: 'rejected', code: 'result/malformed', message: 'Unreadable.' };
  const lying = tamper(coordinator, (answer) => ({
    ...answer,
    verdicts: answer.verdicts.map((news) => ({ ...news, ...unread, lease: 'unknown' })),
  }));
  const { contributor, until } = begin(coordinator, { ...lying, store });
  await contributor.start({ ...options, unitsMax: 1 }, null);
  expect((await until(isStopped)).verdicts[0]).toMatchObject(unread);
  expect(await store.results()).toEqual([]);
});

test('a lease for a model that nobody has goes back, and the third ends the run', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3]);
  coordinator.fault = (path) =>
    path.startsWith('/v1/manifests/') ? new Response('no', { status: 404 }) : null;
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('coordinator/http-404');
  expect(coordinator.returns.map(({ reason }) => reason)).toEqual(['failed', 'failed', 'failed']);
  await expect.poll(() => coordinator.open.size).toBe(0);
});

test('broken units without end are asked for at a walk, and the status says why', async () => {
  const coordinator = new StrictCoordinator();
  for (let unit = 0; unit < 9; unit++) coordinator.addUnit([3]);
  for (const { lease } of coordinator.units) lease.unit = new Uint8Array(32);
  const { contributor, until, environment } = begin(coordinator);
  const start = environment.clock.now();
  await contributor.start(options, null);
  const { phase } = await until(({ message }) => message.includes('not what its lease says'));
  expect(phase).toBe('waiting');
  while (coordinator.returns.length < 9) await environment.clock.breathe();
  expect(environment.clock.now() - start).toBeGreaterThan(8000);
  await contributor.stop();
});

test('a counter that the store has lost goes on above what the coordinator heard', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3]);
  const first = begin(coordinator, { store });
  await first.contributor.start({ ...options, unitsMax: 2 }, null);
  await first.until(isStopped);
  for (const id of coordinator.sessions.keys()) await store.remove(`counter/${id}`);
  const second = begin(coordinator, { store });
  await second.contributor.start({ ...options, unitsMax: 1 }, null);
  await second.until(isStopped);
  expect(coordinator.accepted.size).toBe(3);
  expect(coordinator.sessions.size).toBe(1);
});

test('a coordinator that calls every counter stale is given up', async () => {
  const coordinator = new StrictCoordinator();
  const error = {
    code: 'session/counter-stale',
    message: 'Heard before.',
    retryable: true,
    metaMessages: [`lastCounter=${Number.MAX_SAFE_INTEGER}`],
  };
  coordinator.fault = (path) => (path === '/v1/work' ? cbor(encodeCbor({ error }), 409) : null);
  const { contributor, until } = begin(coordinator);
  await contributor.start(options, null);
  expect((await until(isFailed)).error?.code).toBe('session/refused');
});
