// Consent and the contributor's session: without it no unit comes, what is finished is sent first, and
// the next start asks anew.
import { expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { CONSENT_VERSION, type SessionRequest, type WorkAnswer } from '#protocol/wire.ts';
import { begin, cbor, isFailed, isStopped, startOptions as options } from './begin-contributor.ts';
import { memoryStore } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';

/** The strict coordinator, which gives no unit more and says why, as soon as it is told to. */
function refusing(coordinator: StrictCoordinator, code: string) {
  const state = { isOver: false };
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const response = await coordinator.fetch(input, init);
    if (!state.isOver || !String(input).endsWith('/v1/work') || !response.ok) return response;
    const answer = decodeCbor(new Uint8Array(await response.arrayBuffer())) as WorkAnswer;
    return cbor(encodeCbor({ ...answer, leases: [], reason: { code, message: 'Over.' } }), 200);
  };
  return { fetch, state };
}

test.each(['consent/expired', 'consent/withdrawn', 'account/bound'])(
  '%s ends the run with its code, after what is finished was sent, and the session with it',
  async (code) => {
    const coordinator = new StrictCoordinator();
    const store = memoryStore();
    for (let unit = 0; unit < 3; unit++) coordinator.addUnit([3]);
    const { fetch, state } = refusing(coordinator, code);
    const first = begin(coordinator, { fetch, store });
    await first.contributor.start(options, null);
    await first.until(({ units }) => units >= 1);
    state.isOver = true;
    const { error, outbox } = await first.until(isFailed);
    expect(error?.code).toBe(code);
    expect(outbox).toBe(0);
    expect(await store.get('session')).toBeUndefined();

    state.isOver = false;
    coordinator.addUnit([4], 9);
    const second = begin(coordinator, { fetch, store });
    await second.contributor.start({ ...options, unitsMax: 1 }, null);
    await second.until(isStopped);
    expect(coordinator.sessions.size).toBe(2);
  },
);

test('the age of the consent is told, and how long it holds is shown', async () => {
  const coordinator = new StrictCoordinator();
  coordinator.addUnit([3]);
  const told: SessionRequest['consent'][] = [];
  const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    if (String(input).endsWith('/v1/sessions')) {
      told.push((decodeCbor(init.body as Uint8Array) as SessionRequest).consent);
    }
    return coordinator.fetch(input, init);
  };
  const { contributor, until } = begin(coordinator, { fetch });
  await contributor.start({ ...options, unitsMax: 1, consentAgeMs: 86_400_000 }, null);
  const { consentExpiresInMs } = await until(isStopped);
  expect(told).toEqual([{ version: CONSENT_VERSION, ageMs: 86_400_000 }]);
  expect(consentExpiresInMs).toBeGreaterThan(89 * 86_400_000);
});

test('a session of another text is not gone on with', async () => {
  const coordinator = new StrictCoordinator();
  const store = memoryStore();
  for (const seed of [1, 2]) coordinator.addUnit([3], seed);
  const first = begin(coordinator, { store });
  await first.contributor.start({ ...options, unitsMax: 1 }, null);
  await first.until(isStopped);
  await store.set('session', { ...((await store.get('session')) as object), consentVersion: 1 });
  const second = begin(coordinator, { store });
  await second.contributor.start({ ...options, unitsMax: 1 }, null);
  await second.until(isStopped);
  expect(coordinator.sessions.size).toBe(2);
});
