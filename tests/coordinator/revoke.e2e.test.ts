// A wallet ends its sessions by its own word: at once, all of them or one key's, for good, whoever brings
// the word, and whatever was granted before.
import { generatePrivateKey } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revocationTypedData } from '#protocol/revocation.ts';
import { WIRE_VERSION } from '#protocol/wire.ts';
import { type ChainNode, startChain } from '../wallet/chain-node.ts';
import { makeContractWallets } from '../wallet/contract-wallets.ts';
import { bind, codeOf, makeBinding, readAccount } from './account-lab.ts';
import { makeRevocation, openSession, ordinary, revoke } from './contract-lab.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let chain: ChainNode;
let site: TestSite;

beforeAll(async () => {
  chain = await startChain(31337);
  site = await startTestSite({ chainRpc: chain.url });
});

afterAll(async () => {
  await site?.close();
  await chain?.close();
});

const addWork = (word: string) =>
  site.submit(makeTexts(4).map((text, i) => embedLine(`${i}`, `${word} ${text}`)));

/** A contributor, and another of the same account with a session key of its own. */
async function twoTabs() {
  const privateKey = generatePrivateKey();
  const tabs = [await site.stranger({ privateKey }), await site.stranger({ privateKey })];
  for (const tab of tabs) await tab.open();
  return tabs;
}

describe('a revocation', () => {
  test('of all ends every session at once, and what they hold goes to others', async () => {
    const [one, two] = await twoTabs();
    const other = await site.contributor();
    await addWork('w21');
    const { leases } = await one.work();
    expect(leases).toHaveLength(1);
    const bringer = await site.stranger();
    const word = await makeRevocation(bringer, one.signer.address);
    const ended = await revoke(bringer, ordinary(one), word);
    expect(ended).toMatchObject({ account: one.address, sessions: 2 });
    for (const tab of [one, two]) {
      expect(await codeOf(tab.work())).toMatch(/^session\/(expired|unknown)$/);
      expect(await codeOf(readAccount(tab))).toMatch(/^session\/(expired|unknown)$/);
    }
    const taken = await other.work();
    expect(taken.leases.map(({ unit }) => unit)).toEqual(leases.map(({ unit }) => unit));
    await readAccount(other);
  });

  test('of one key leaves the others, and that key opens no session again', async () => {
    const [one, two] = await twoTabs();
    const { grant } = await one.makeSessionRequest();
    const { sessionKey } = grant;
    const key = new Uint8Array(sessionKey);
    const word = await makeRevocation(one, one.signer.address, { sessionKey: key });
    expect(await revoke(one, ordinary(one), word)).toMatchObject({ sessions: 1 });
    await readAccount(two);
    site.clock.now += 1_000;
    expect(await codeOf(one.open())).toBe('session/revoked');
    await one.changeKey();
    await one.open();
  });

  test('holds for what was granted before and not opened; a new grant opens one', async () => {
    const who = await site.stranger();
    const kept = await who.makeSessionRequest();
    site.clock.now += 1_000;
    await revoke(who, ordinary(who), await makeRevocation(who, who.signer.address));
    expect(await codeOf(who.post('/v1/sessions', kept))).toBe('session/revoked');
    site.clock.now += 1_000;
    await who.open();
  });

  test('asked again is answered as the first time, and ends nothing more', async () => {
    const who = await site.contributor();
    const word = await makeRevocation(who, who.signer.address);
    const first = await revoke(who, ordinary(who), word);
    site.clock.now += 1_000;
    await who.open();
    expect(await revoke(who, ordinary(who), word)).toEqual(first);
    await readAccount(who);
    const { sessionKey } = (await who.makeSessionRequest()).grant;
    const changed = { ...word, sessionKey: new Uint8Array(sessionKey) };
    expect(await codeOf(revoke(who, ordinary(who), changed))).toBe('revocation/nonce-used');
  });

  test('of a contract is its own word, deployed or not', async () => {
    const wallets = await makeContractWallets(chain);
    for (const wallet of [await wallets.deployed(), await wallets.counterfactual()]) {
      const who = await site.stranger();
      await openSession(who, wallet);
      const word = await makeRevocation(who, wallet.address);
      expect(await codeOf(revoke(who, { ...wallet, sign: ordinary(who).sign }, word))).toBe(
        'revocation/wallet-signature',
      );
      await readAccount(who);
      expect(await revoke(who, wallet, word)).toMatchObject({ sessions: 1 });
      expect(await codeOf(readAccount(who))).toMatch(/^session\/(expired|unknown)$/);
    }
  });

  test('of a wallet ends the sessions of the accounts that are bound to it', async () => {
    const [device, wallet] = [await site.contributor(), await site.contributor()];
    await bind(device, await makeBinding(device, wallet.signer));
    const word = await makeRevocation(wallet, wallet.signer.address);
    expect(await revoke(wallet, ordinary(wallet), word)).toMatchObject({ sessions: 2 });
    expect(await codeOf(readAccount(device))).toMatch(/^session\/(expired|unknown)$/);
  });

  test.each([
    ['by another', 'revocation/wallet-signature', {}],
    ['for another coordinator', 'revocation/foreign-coordinator', { coordinator: 'https://x' }],
    ['for another chain', 'revocation/foreign-chain', { chainId: 1 }],
    ['on an invented challenge', 'revocation/nonce-unknown', { nonce: new Uint8Array(32) }],
  ])('%s ends nothing', async (_, code, change) => {
    const [who, stranger] = [await site.contributor(), await site.stranger()];
    const word = await makeRevocation(who, who.signer.address, change);
    const by = code.endsWith('wallet-signature') ? stranger : who;
    expect(await codeOf(revoke(stranger, ordinary(by), word))).toBe(code);
    await readAccount(who);
  });

  test('with a field wrong, missing or too much is refused with a code', async () => {
    const who = await site.contributor();
    const revocation = await makeRevocation(who, who.signer.address);
    const walletSignature = await ordinary(who).sign(revocationTypedData(revocation));
    const odd = `0x${'aB'.repeat(20)}`;
    const values = [0, -1, 2 ** 53 - 1, '', '0x', odd, null, [], {}, new Uint8Array(64), true];
    const bodies: unknown[] = values.flatMap((value) => [
      value,
      { wire: WIRE_VERSION, revocation, walletSignature: value },
      { wire: value, revocation, walletSignature },
      { wire: WIRE_VERSION, revocation, walletSignature, more: value },
      ...Object.keys(revocation).map((name) => ({
        wire: WIRE_VERSION,
        revocation: { ...revocation, [name]: value },
        walletSignature,
      })),
    ]);
    for (const body of bodies) {
      const code = await codeOf(who.post('/v1/account/revoke', body));
      expect(code).toMatch(/^(wire|revocation|chain|limits)\//);
    }
    await readAccount(who);
  });

  test('names an account however its letters are written', async () => {
    const who = await site.contributor();
    const account = who.address.replace(/[a-f]/, (letter) => letter.toUpperCase());
    const word = await makeRevocation(who, account);
    const sign = () => ordinary(who).sign(revocationTypedData({ ...word, account: who.address }));
    expect(await revoke(who, { ...ordinary(who), sign }, word)).toMatchObject({ sessions: 1 });
  });

  test('on a challenge that is too old ends nothing', async () => {
    const who = await site.contributor();
    const word = await makeRevocation(who, who.signer.address);
    site.clock.now += 11 * 60_000;
    expect(await codeOf(revoke(who, ordinary(who), word))).toBe('revocation/nonce-expired');
    await readAccount(who);
  });

  test('says in words what the wallet signs', async () => {
    const who = await site.stranger();
    const word = await makeRevocation(who, who.signer.address);
    expect(revocationTypedData(word).message.words).toMatch(/^End the sessions of this account/);
  });

  test('outlives a restart', async () => {
    const who = await site.contributor();
    const kept = await who.makeSessionRequest();
    await revoke(who, ordinary(who), await makeRevocation(who, who.signer.address));
    await site.reopen();
    expect(await codeOf(readAccount(who))).toBe('session/expired');
    expect(await codeOf(who.post('/v1/sessions', kept))).toBe('session/revoked');
    expect(await site.coordinator.checkBooks()).toBeDefined();
  });
});
