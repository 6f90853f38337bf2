// A contributor's own account: what it agreed to and for how long, what it has come to, day by day,
// and what goes when it asks for it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { waits } from '#store/waits.ts';
import { policy } from '#validator/policy.ts';
import { codeOf, deletePerson, readAccount, withdraw } from './account-lab.ts';
import { Refused, type TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const dayMs = 24 * 3_600_000;
let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.clear();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`line-${i}`, text));
const submit = (count = 2) => site.submit(lines(count));
const ask = async (who: TestContributor) => {
  const { leases, reason } = await who.work();
  return { leases: leases.length, reason: reason?.code ?? null };
};

async function openWith(consent: { version: number; ageMs: number }): Promise<TestContributor> {
  const who = await site.stranger();
  const request = await who.makeSessionRequest({ request: { consent } });
  who.enter(await who.post('/v1/sessions', request));
  return who;
}

describe('consent', () => {
  test('holds so long from the click, not from the session', async () => {
    await submit();
    const ageMs = waits.consentMs - 3_600_000;
    const who = await openWith({ version: CONSENT_VERSION, ageMs });
    expect((await readAccount(who)).consent).toEqual({
      version: CONSENT_VERSION,
      expiresInMs: 3_600_000,
    });
    const { leases } = await who.work();
    expect(leases).toHaveLength(1);
    site.clock.now += 3_600_000;
    expect(await ask(who)).toEqual({ leases: 0, reason: 'consent/expired' });
    expect((await readAccount(who)).consent).toEqual({ version: CONSENT_VERSION, expiresInMs: 0 });
  });

  test('that was over before the session began brings no lease', async () => {
    await submit();
    const who = await openWith({ version: CONSENT_VERSION, ageMs: waits.consentMs });
    expect(await ask(who)).toEqual({ leases: 0, reason: 'consent/expired' });
  });

  test('for another text opens no session', async () => {
    expect(await codeOf(openWith({ version: 1, ageMs: 0 }))).toBe('session/wrong-consent');
  });

  test('withdrawn: no lease in any session, while what was computed still counts', async () => {
    await submit();
    const [who, partner] = [await site.contributor(), await site.contributor()];
    const { leases } = await who.work();
    expect(await withdraw(who)).toMatchObject({ account: who.address, sessions: 1 });
    expect(await ask(who)).toEqual({ leases: 0, reason: 'consent/withdrawn' });
    const { verdicts } = await who.work({ results: [await who.makeResult(leases[0])] });
    expect(verdicts).toMatchObject([{ state: 'pending' }]);
    await partner.turn();
    expect((await readAccount(who)).credit.earned).toBeGreaterThan(0);
    await submit();
    await who.open();
    expect(await ask(who)).toEqual({ leases: 1, reason: null });
  });
});

describe('an account', () => {
  test('shows credit by state, and its days', async () => {
    await submit();
    const [who, partner] = [await site.contributor(), await site.contributor()];
    await who.turn();
    const pending = (await readAccount(who)).credit;
    expect(pending).toMatchObject({ earned: 0, held: 0, claimable: 0, paid: 0 });
    expect(pending.pending).toBeGreaterThan(0);
    await partner.turn();
    const first = await readAccount(who);
    const { earned } = first.credit;
    expect(earned).toBe(pending.pending);
    expect(first.credit).toMatchObject({ held: 0, pending: 0, claimable: earned });
    const today = new Date(site.clock.now).toISOString().slice(0, 10);
    expect(first.history).toEqual([{ day: today, accepted: 1, rejected: 0, credit: earned }]);
    expect(first).toMatchObject({ account: who.address, boundTo: null, sessions: 1 });

    site.clock.now += dayMs;
    await Promise.all([who.open(), partner.open()]);
    await submit();
    await who.turn();
    await partner.turn();
    const { history } = await readAccount(who);
    const tomorrow = new Date(site.clock.now).toISOString().slice(0, 10);
    expect(history.map(({ day }) => day)).toEqual([today, tomorrow]);
    expect((await readAccount(who, 1)).history.map(({ day }) => day)).toEqual([tomorrow]);
    expect((await readAccount(who, 0)).history).toEqual([]);
  });

  test('has held credit apart from pending', async () => {
    const strict = await startTestSite({ rules: { ...policy, coordinatorShare: 0 } });
    const [who, partner] = [await strict.contributor(), await strict.contributor()];
    // A stranger who is there and may not audit: the coordinator waits for others.
    await strict.contributor();
    await strict.submit(lines(2));
    await who.turn();
    await partner.turn();
    const { credit } = await readAccount(who);
    expect(credit).toMatchObject({ earned: 0, pending: 0 });
    expect(credit.held).toBeGreaterThan(0);
    const { totals } = await who.work({ want: { units: 0, models: [], speed: 1, project: null } });
    expect(totals).toMatchObject({ creditHeld: credit.held, creditPending: 0, pending: 1 });
    await strict.coordinator.checkBooks();
    await strict.close();
  });

  test('answers no call twice, none unsigned, none of another kind or wire', async () => {
    const who = await site.contributor();
    const sealed = await who.seal({
      kind: 'account',
      wire: 2,
      session: who.session,
      counter: 5,
      days: 1,
    });
    await who.post('/v1/account', sealed);
    expect(await codeOf(who.post('/v1/account', sealed))).toBe('session/counter-stale');
    const wrong = { ...sealed, signature: new Uint8Array(64).fill(1) };
    expect(await codeOf(who.post('/v1/account', wrong))).toBe('session/signature');
    expect(await codeOf(who.post('/v1/account/delete', sealed))).toBe('wire/malformed');
    const many = { kind: 'account', days: limits.accountDaysMax + 1 };
    expect(await codeOf(who.call('/v1/account', many))).toBe('wire/malformed');
    const old = { kind: 'account', days: 1, wire: 1 };
    expect(await codeOf(who.call('/v1/account', old))).toBe('wire/version');
    const nobody = { kind: 'account', days: 1, session: 'session_none' };
    expect(await codeOf(who.call('/v1/account', nobody))).toBe('session/unknown');
  });

  test('shares its counter with /v1/work', async () => {
    const who = await site.contributor();
    await readAccount(who);
    const late = await who.sealCall(who.makeWorkRequest(), { counter: who.counter });
    expect(await codeOf(who.post('/v1/work', late))).toBe('session/counter-stale');
  });

  test('is limited by name, and nobody else can use its calls up', async () => {
    const who = await site.contributor();
    const forged = { kind: 'account', wire: 2, session: who.session, counter: 1, days: 1 };
    const stranger = await site.stranger();
    const sealed = await stranger.seal(forged);
    for (let i = 0; i < limits.callsOfAccountPerMinuteMax; i++) {
      expect(await codeOf(stranger.post('/v1/account', sealed))).toBe('session/signature');
    }
    for (let i = 0; i < limits.callsOfAccountPerMinuteMax; i++) await readAccount(who, 0);
    const refused = await readAccount(who, 0).catch((thrown) => thrown);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused.error).toMatchObject({ code: 'limits/calls', retryable: true });
    expect(refused.error.message).toContain('callsOfAccountPerMinuteMax');
  });
});

describe('deleted', () => {
  test('gets nothing more, hands back what is open, and keeps its receipts', async () => {
    const batch = await submit(40);
    const [who, partner] = [await site.contributor(), await site.contributor()];
    await who.turn();
    await partner.turn();
    const { leases } = await who.work();
    expect(leases).toHaveLength(1);
    expect(await deletePerson(who)).toMatchObject({ account: who.address, sessions: 1 });
    expect(await deletePerson(who)).toMatchObject({ account: who.address, sessions: 1 });
    expect(await ask(who)).toEqual({ leases: 0, reason: 'consent/withdrawn' });
    const again = await partner.work();
    expect(again.leases.map(({ lease }) => lease)).toHaveLength(1);
    expect((await readAccount(who)).credit.earned).toBeGreaterThan(0);
    expect((await site.batch(batch)).status).toBe('in_progress');
  });
});
