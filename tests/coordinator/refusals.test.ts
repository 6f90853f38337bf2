// What a contributor's bad input gets: a clear code, nothing lost, nothing credited.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { limits } from '#protocol/limits.ts';
import {
  type CallHead,
  type Grant,
  type SessionRequest,
  WIRE_VERSION,
  type WireErrorBody,
} from '#protocol/wire.ts';
import { Refused, signLow, type TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
/** Accounts that sent one good result among the bad ones. */
const honest = new Set<string>();
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(async () => {
  const { earned } = await site.coordinator.checkBooks();
  for (const account of honest) delete earned[account];
  expect(earned).toEqual({});
  await site.clear();
});
afterAll(() => site.close());

async function codeOf(call: Promise<unknown>): Promise<string> {
  const thrown = await call.then(
    () => new Error('nothing was refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof Refused) return thrown.error.code;
  throw thrown;
}

const submit = () => site.submit(makeTexts(3).map((text, i) => embedLine(`${i}`, text)));

async function raw(who: TestContributor, path: string, body: Uint8Array) {
  const { status, body: bytes } = await who.send(path, body);
  return { status, error: (decodeCbor(bytes) as WireErrorBody).error };
}

describe('a body', () => {
  test('truncated, trailing, empty or no CBOR at all', async () => {
    const who = await site.contributor();
    const good = encodeCbor(await who.seal(who.makeWorkRequest()));
    for (const bad of [
      good.subarray(0, good.length - 1),
      new Uint8Array([...good, 0]),
      new Uint8Array(),
      new TextEncoder().encode('{"payload":1}'),
    ]) {
      expect(await raw(who, '/v1/work', bad)).toMatchObject({
        status: 400,
        error: { code: 'cbor/malformed' },
      });
    }
  });

  test('over its limit names the limit', async () => {
    const who = await site.contributor();
    const bytes = new Uint8Array(limits.workBodyBytesMax + 1);
    expect(await raw(who, '/v1/work', bytes)).toMatchObject({
      status: 413,
      error: { code: 'wire/too-large', message: expect.stringContaining('workBodyBytesMax') },
    });
    const small = new Uint8Array(limits.sessionBodyBytesMax + 1);
    expect(await raw(who, '/v1/sessions', small)).toMatchObject({
      status: 413,
      error: { message: expect.stringContaining('sessionBodyBytesMax') },
    });
  });

  test('of another content type', async () => {
    const answer = await site.coordinator.inject({
      method: 'POST',
      url: '/v1/work',
      headers: { 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(answer.statusCode).toBe(415);
    expect(decodeCbor(new Uint8Array(answer.rawPayload))).toMatchObject({
      error: { code: 'wire/content-type' },
    });
    const none = await site.coordinator.inject({ method: 'POST', url: '/v1/work' });
    expect(none.statusCode).toBe(415);
  });

  test('with a field wrong, missing or too much', async () => {
    const who = await site.contributor();
    const bad = [
      { ...who.makeWorkRequest(), more: 1 },
      { ...who.makeWorkRequest(), holding: Array(limits.workHoldingMax + 1).fill('x') },
      { ...who.makeWorkRequest(), want: { units: 1e6, models: [], project: null, speed: 1 } },
    ];
    for (const request of bad) {
      expect(await codeOf(who.post('/v1/work', await who.sealCall(request)))).toBe(
        'wire/malformed',
      );
    }
    for (const head of [{ counter: -1 }, { session: 7 as never }, { kind: 'work' as never }]) {
      const call = await who.sealCall(who.makeWorkRequest(), head);
      expect(await codeOf(who.post('/v1/work', call))).toBe('wire/malformed');
    }
  });
});

describe('a session', () => {
  const cases: [string, { grant?: Partial<Grant>; request?: Partial<SessionRequest> }, string][] = [
    ['of another wire', { request: { wire: WIRE_VERSION + 1 } }, 'wire/version'],
    ['of another arithmetic', { request: { arithmetic: 'x/1' } }, 'wire/arithmetic'],
    [
      'for another coordinator',
      { grant: { coordinator: 'https://x' } },
      'session/foreign-coordinator',
    ],
    ['for another chain', { grant: { chainId: 1 } }, 'session/foreign-chain'],
    ['with an expiry of its own', { grant: { expiresAt: 9e9 } }, 'session/wrong-expiry'],
    ['on an invented nonce', { grant: { nonce: new Uint8Array(32) } }, 'session/nonce-unknown'],
    ['on other consent', { grant: { consentVersion: 0 } }, 'session/wrong-consent'],
    [
      'whose wallet is another',
      { grant: { account: `0x${'1'.repeat(40)}` } },
      'session/wallet-signature',
    ],
    [
      'unsigned by the wallet',
      { request: { walletSignature: new Uint8Array(65) } },
      'session/wallet-signature',
    ],
    [
      'unproved by its key',
      { request: { sessionSignature: new Uint8Array(64).fill(1) } },
      'session/bad-proof',
    ],
    ['with no key', { grant: { sessionKey: new Uint8Array(65) } }, 'session/bad-key'],
  ];
  test.each(cases)('%s', async (_, change, code) => {
    const who = await site.stranger();
    expect(await codeOf(who.post('/v1/sessions', await who.makeSessionRequest(change)))).toBe(code);
  });

  test('on a nonce used before, or too old', async () => {
    const who = await site.stranger();
    const request = await who.makeSessionRequest();
    await who.post('/v1/sessions', request);
    expect(await codeOf(who.post('/v1/sessions', request))).toBe('session/nonce-used');
    const late = await who.makeSessionRequest();
    site.clock.now += 11 * 60_000;
    expect(await codeOf(who.post('/v1/sessions', late))).toBe('session/nonce-expired');
  });

  test('unknown, expired, or signed by another key', async () => {
    const who = await site.contributor();
    const call = await who.sealCall(who.makeWorkRequest(), { session: 'session_none' });
    expect(await codeOf(who.post('/v1/work', call))).toBe('session/unknown');
    await who.changeKey();
    expect(await codeOf(who.work())).toBe('session/signature');
    const other = await site.contributor();
    site.clock.now += 25 * 3_600_000;
    expect(await codeOf(other.work())).toBe('session/expired');
  });

  test('a signature with a high s is no signature', async () => {
    const who = await site.contributor();
    const call = await who.sealCall(who.makeWorkRequest());
    const signature = await signLow(who.key, call.payload, 'high');
    expect(await codeOf(who.post('/v1/work', { ...call, signature }))).toBe('session/signature');
  });

  test('a counter heard before names the last one', async () => {
    const who = await site.contributor();
    const call = await who.sealCall(who.makeWorkRequest(), { counter: 41 });
    await who.post('/v1/work', call);
    const thrown = await who.post('/v1/work', call).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      status: 409,
      error: { code: 'session/counter-stale', retryable: true, metaMessages: ['lastCounter=41'] },
    });
    await who.work();
    expect(who.counter).toBe(42);
  });
});

describe('a call', () => {
  test('signs its body and its results: neither is exchanged for others', async () => {
    const own = await startTestSite();
    await own.submit([embedLine('a', makeTexts(1)[0])]);
    const who = await own.contributor();
    const { leases } = await who.work();
    const result = await who.makeResult(leases[0]);
    const call = await who.sealCall(who.makeWorkRequest({ results: [result] }));
    const other = await who.sealCall(who.makeWorkRequest());
    const code = (changed: object) => codeOf(who.post('/v1/work', { ...call, ...changed }));
    expect(await code({ body: other.body })).toBe('wire/body-digest');
    expect(await code({ payload: other.payload })).toBe('session/signature');
    const { body, results } = decodeCbor(other.payload) as CallHead;
    const lying = await who.sealCall(who.makeWorkRequest({ results: [result] }), { results });
    expect(await codeOf(who.post('/v1/work', lying))).toBe('wire/results-root');
    const swapped = await who.sealCall(who.makeWorkRequest({ results: [result] }), { body });
    expect(await codeOf(who.post('/v1/work', swapped))).toBe('wire/body-digest');
    expect((await who.work({ results: [result] })).verdicts).toMatchObject([{ state: 'pending' }]);
    await own.close();
  });
});

describe('a result', () => {
  const leased = async () => {
    await submit();
    const who = await site.contributor();
    const { leases } = await who.work();
    return { who, lease: leases[0] };
  };
  const answerTo = async (
    who: TestContributor,
    result: Awaited<ReturnType<typeof who.makeResult>>,
  ) => (await who.work({ results: [result], want: { units: 0, models: [], speed: 1 } })).verdicts;

  test('whose output is not what its digest says, or of another length', async () => {
    const { who, lease } = await leased();
    const result = await who.makeResult(lease);
    result.output![0] ^= 1;
    expect(await answerTo(who, result)).toMatchObject([
      { lease: lease.lease, state: 'rejected', code: 'result/output-digest', credit: 0 },
    ]);
    expect(await answerTo(who, result)).toMatchObject([{ code: 'result/output-digest' }]);
    const { verdicts } = await who.work({ awaiting: [lease.lease] });
    expect(verdicts).toMatchObject([{ state: 'rejected', code: 'result/output-digest' }]);
    const again = await leased();
    const short = await again.who.makeResult(again.lease);
    short.output = short.output!.slice(4);
    expect(await answerTo(again.who, short)).toMatchObject([{ code: 'result/output-length' }]);
  });

  test('without the output that was asked for', async () => {
    const { who, lease } = await leased();
    const result = await who.makeResult(lease);
    expect(await answerTo(who, { ...result, output: null })).toMatchObject([
      { code: 'result/no-output' },
    ]);
  });

  test.each([
    ['another unit', { unit: new Uint8Array(32) }, 'result/wrong-unit'],
    ['another model', { model: new Uint8Array(32) }, 'result/unknown-model'],
    ['another arithmetic', { arithmetic: 'x/1' }, 'result/version'],
    ['a lease that never was', { lease: 'lease_none' }, 'lease/unknown'],
  ])('of %s', async (_, change, code) => {
    const { who, lease } = await leased();
    const verdicts = await answerTo(who, await who.makeResult(lease, undefined, change));
    expect(verdicts).toMatchObject([{ state: 'rejected', code, credit: 0 }]);
  });

  test('that is not a result at all', async () => {
    const { who } = await leased();
    const nothing = { payload: encodeCbor({ kind: 'nothing' }), output: null };
    expect(await answerTo(who, nothing)).toMatchObject([{ code: 'result/malformed' }]);
  });

  test("on another's lease, which stays its holder's", async () => {
    const { who, lease } = await leased();
    const thief = await site.contributor();
    expect(await answerTo(thief, await thief.makeResult(lease))).toMatchObject([
      { state: 'rejected', code: 'lease/unknown', credit: 0 },
    ]);
    expect(await answerTo(who, await who.makeResult(lease))).toMatchObject([{ state: 'pending' }]);
    await thief.work({ returns: [{ lease: lease.lease, reason: 'stopped', detail: '' }] });
    expect((await thief.work({ awaiting: [lease.lease] })).verdicts).toMatchObject([
      { state: 'rejected', code: 'lease/unknown' },
    ]);
    honest.add(who.address);
  });

  test('too much of one address', async () => {
    const who = await site.stranger({ address: '10.9.9.9' });
    const challenge = () => who.post('/v1/challenges', { wire: WIRE_VERSION });
    for (let i = 0; i < limits.sessionsPerMinuteMax; i++) await challenge();
    expect(await codeOf(challenge())).toBe('limits/calls');
    site.clock.now += 60_000;
    await challenge();
  });
});
