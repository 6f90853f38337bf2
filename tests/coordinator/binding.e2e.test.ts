// A device account bound to a wallet: whatever is wrong with it is refused with its reason, and what
// is right makes one contributor of two.

import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, concatBytes, fromHex, toHex } from '#protocol/bytes.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { bind, codeOf, makeBinding, readAccount, signBinding } from './account-lab.ts';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const adminToken = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
let site: TestSite;
beforeAll(async () => {
  site = await startTestSite({ adminToken });
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.clear();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`line-${i}`, text));
const makeWallet = () => privateKeyToAccount(generatePrivateKey());
const flip = (output: Bytes): Bytes => output.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
const none = { units: 0, models: [], speed: 1, project: null };
const ask = async (who: TestContributor) => {
  const { leases, reason } = await who.work();
  return { leases: leases.length, reason: reason?.code ?? null };
};

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The same statement by the other s, which recovers to the same account. */
function makeHigh(signature: Bytes): Bytes {
  const s = order - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
  const v = signature[64] === 27 ? 28 : 27;
  const high = fromHex(s.toString(16).padStart(64, '0'));
  return concatBytes(signature.subarray(0, 32), high, Uint8Array.of(v));
}

const withV = (signature: Bytes, v: number): Bytes =>
  concatBytes(signature.subarray(0, 64), Uint8Array.of(v));

describe('a binding is refused', () => {
  test.each([
    [
      "on another coordinator's origin",
      { coordinator: 'https://evil.example' },
      'foreign-coordinator',
    ],
    ['on another chain', { chainId: 1 }, 'foreign-chain'],
    ['on a nonce that nobody gave', { nonce: new Uint8Array(32) }, 'nonce-unknown'],
    ['that is over', { expiresAt: 1_600_000_000 }, 'expired'],
    ['that lasts longer than its challenge says', { expiresAt: 2_000_000_000 }, 'wrong-expiry'],
    ['of another device account', { device: makeWallet().address }, 'other-session'],
  ])('%s', async (_, change, fault) => {
    const device = await site.contributor();
    const made = await makeBinding(device, makeWallet(), change);
    expect(await codeOf(bind(device, made))).toBe(`binding/${fault}`);
    expect((await readAccount(device)).boundTo).toBeNull();
  });

  test('to itself, however it is written', async () => {
    const device = await site.contributor();
    const wallet = device.address as `0x${string}`;
    const made = await makeBinding(device, device.signer, { wallet });
    expect(await codeOf(bind(device, made))).toBe('binding/same-account');
  });

  test('with a signature by neither, swapped, over other words, of a high s or an odd v', async () => {
    const device = await site.contributor();
    const wallet = makeWallet();
    const made = await makeBinding(device, wallet);
    const { binding, deviceSignature, walletSignature } = made;
    const other = await signBinding(wallet, { ...binding, expiresAt: binding.expiresAt - 1 });
    const byDevice = 'binding/device-signature';
    const byWallet = 'binding/wallet-signature';
    const cases: [Partial<typeof made>, string][] = [
      [{ deviceSignature: walletSignature, walletSignature: deviceSignature }, byDevice],
      [{ walletSignature: deviceSignature }, byWallet],
      [{ walletSignature: other }, byWallet],
      [{ walletSignature: new Uint8Array(65) }, byWallet],
      [{ deviceSignature: makeHigh(deviceSignature) }, byDevice],
      [{ walletSignature: makeHigh(walletSignature) }, byWallet],
      ...[0, 1, 2, 26, 29, 35, 255].flatMap((v): [Partial<typeof made>, string][] => [
        [{ deviceSignature: withV(deviceSignature, v) }, byDevice],
        [{ walletSignature: withV(walletSignature, v) }, byWallet],
      ]),
      [{ walletSignature: walletSignature.subarray(0, 64) }, 'chain/not-set'],
    ];
    for (const [change, code] of cases) {
      expect(await codeOf(bind(device, { ...made, ...change }))).toBe(code);
    }
    expect(await bind(device, made)).toMatchObject({ boundTo: wallet.address.toLowerCase() });
  });

  test('on a nonce used before, or too old', async () => {
    const [first, second] = [await site.contributor(), await site.contributor()];
    const wallet = makeWallet();
    const made = await makeBinding(first, wallet);
    await bind(first, made);
    const { nonce } = made.binding;
    const again = await makeBinding(second, wallet, { nonce });
    expect(await codeOf(bind(second, again))).toBe('binding/nonce-used');
    const request = await second.makeSessionRequest();
    await second.post('/v1/sessions', request);
    const spent = await makeBinding(second, wallet, { nonce: request.grant.nonce });
    expect(await codeOf(bind(second, spent))).toBe('binding/nonce-used');
    const late = await makeBinding(second, wallet);
    site.clock.now += 11 * 60_000;
    expect(await codeOf(bind(second, late))).toBe('binding/nonce-expired');
  });

  test('twice, in a chain, or to whoever is bound; the same again is answered as before', async () => {
    const [device, other] = [await site.contributor(), await site.contributor()];
    const wallet = makeWallet();
    const made = await makeBinding(device, wallet);
    const answer = await bind(device, made);
    expect(await bind(device, made)).toEqual(answer);
    const elsewhere = await makeBinding(device, makeWallet());
    expect(await codeOf(bind(device, elsewhere))).toBe('binding/already-bound');
    const toBound = await makeBinding(other, device.signer);
    expect(await codeOf(bind(other, toBound))).toBe('binding/wallet-bound');
    const third = await site.contributor();
    await bind(third, await makeBinding(third, other.signer));
    const chain = await makeBinding(other, makeWallet());
    expect(await codeOf(bind(other, chain))).toBe('binding/device-has-devices');
    expect((await readAccount(device)).boundTo).toBe(wallet.address.toLowerCase());
  });

  test('by a call heard before, which does nothing', async () => {
    const device = await site.contributor();
    const made = await makeBinding(device, makeWallet());
    const { session } = device;
    const sealed = await device.seal({ kind: 'bind', wire: 2, session, counter: 9, ...made });
    await device.post('/v1/account/bind', sealed);
    expect(await codeOf(device.post('/v1/account/bind', sealed))).toBe('session/counter-stale');
  });

  test('where either is banned', async () => {
    await site.submit(lines(200));
    const [liar, honest] = [await site.contributor(), await site.contributor()];
    for (let i = 0; i < 2; i++) {
      if (i > 0) await liar.open();
      await liar.turn(1, flip);
      await honest.turn();
      await site.coordinator.settle();
    }
    await liar.open();
    expect(await ask(liar)).toEqual({ leases: 0, reason: 'account/suspended' });
    const away = await makeBinding(liar, makeWallet());
    expect(await codeOf(bind(liar, away))).toBe('binding/suspended');
    const toLiar = await makeBinding(honest, liar.signer);
    expect(await codeOf(bind(honest, toLiar))).toBe('binding/suspended');
  });
});

describe('once bound', () => {
  /** A device account, and its wallet as a contributor of its own. */
  async function makePair() {
    const device = await site.contributor();
    const privateKey = generatePrivateKey();
    const wallet = await site.stranger({ privateKey });
    await wallet.open();
    return { device, wallet, signer: privateKeyToAccount(privateKey) };
  }

  test('the device takes no lease, its work is judged, its credit counts for the wallet', async () => {
    await site.submit(lines(2));
    const { device, wallet, signer } = await makePair();
    const partner = await site.contributor();
    const { leases } = await device.work();
    await bind(device, await makeBinding(device, signer));
    expect(await ask(device)).toEqual({ leases: 0, reason: 'account/bound' });
    await device.work({ results: [await device.makeResult(leases[0])], want: none });
    const waiting = (await readAccount(wallet)).credit;
    expect(waiting).toMatchObject({ earned: 0, claimable: 0 });
    expect(waiting.pending).toBeGreaterThan(0);
    await partner.turn();
    const { credit, history, sessions } = await readAccount(wallet);
    expect(credit).toMatchObject({
      earned: waiting.pending,
      claimable: waiting.pending,
      pending: 0,
    });
    expect(history).toMatchObject([{ accepted: 1, credit: waiting.pending }]);
    expect(sessions).toBe(2);
    const { totals } = await wallet.work({ want: none });
    expect(totals).toMatchObject({ accepted: 1, credit: waiting.pending });
    const own = await readAccount(device);
    expect(own.credit).toMatchObject({ earned: waiting.pending, claimable: 0 });
    expect(own.boundTo).toBe(wallet.address);
    const shown = await site.get(`/v1/admin/contributors/${signer.address}`, adminToken);
    expect(shown.json).toMatchObject({
      id: wallet.address,
      bound_to: null,
      devices: [device.address],
      totals,
      consent: { version: CONSENT_VERSION, given_at: site.clock.now, withdrawn_at: null },
      sessions: 1,
      erasing: false,
    });
    const missing = await site.get('/v1/admin/contributors/0x0', adminToken);
    expect(missing.status).toBe(404);
  });

  test('the wallet never checks what the device computed', async () => {
    await site.submit(lines(2));
    const { device, wallet, signer } = await makePair();
    await device.turn();
    await bind(device, await makeBinding(device, signer));
    expect(await ask(wallet)).toEqual({ leases: 0, reason: 'work/partner-only' });
    expect(await ask(await site.contributor())).toEqual({ leases: 1, reason: null });
  });

  test('a lease on what the other computed is taken back, and its result refused', async () => {
    await site.submit(lines(2));
    const { device, wallet, signer } = await makePair();
    const third = await site.contributor();
    await device.turn();
    const { leases } = await wallet.work();
    expect(leases).toHaveLength(1);
    await bind(device, await makeBinding(device, signer));
    const results = [await wallet.makeResult(leases[0])];
    const { verdicts, totals } = await wallet.work({ results, want: none });
    expect(verdicts).toMatchObject([{ state: 'rejected', code: 'lease/expired' }]);
    // Nothing is held against it: it was in time.
    expect(totals).toMatchObject({ accepted: 0, pending: 1, rejected: 0 });
    const { answer } = await third.turn();
    expect(answer?.verdicts).toMatchObject([{ state: 'accepted' }]);
  });

  test('a conviction of one is one of the other, and a ban sticks to both', async () => {
    await site.submit(lines(200));
    const { device, wallet, signer } = await makePair();
    const honest = await site.contributor();
    const { leases } = await device.work();
    await bind(device, await makeBinding(device, signer));
    await device.work({ results: [await device.makeResult(leases[0], flip)], want: none });
    await honest.turn();
    await site.coordinator.settle();
    // On probation, both: each session brings a new self-test.
    expect(await codeOf(wallet.work())).toBe('session/expired');
    await wallet.open();
    expect((await wallet.work({ want: none })).totals).toMatchObject({ rejected: 1, credit: 0 });
    const next = await wallet.work();
    await wallet.work({ results: [await wallet.makeResult(next.leases[0], flip)], want: none });
    await honest.turn();
    await site.coordinator.settle();
    await wallet.open();
    await device.open();
    expect(await ask(wallet)).toEqual({ leases: 0, reason: 'account/suspended' });
    expect(await ask(device)).toEqual({ leases: 0, reason: 'account/suspended' });
    const lifted = await site.post(
      `/v1/admin/contributors/${wallet.address}/unban`,
      { reason: 'asked for' },
      { key: adminToken },
    );
    expect(lifted.json).toMatchObject({ banned: false });
    expect(await ask(device)).toEqual({ leases: 0, reason: 'account/bound' });
    expect((await ask(wallet)).leases).toBe(1);
  });
});
