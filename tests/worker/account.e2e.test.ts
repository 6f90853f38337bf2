// The account beside the run, against the real coordinator: what it shows, a binding to a real wallet,
// consent withdrawn, and data deleted so that nothing is left.
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { beforeEach, expect, test } from 'vitest';
import { bindingTypedData } from '#protocol/binding.ts';
import { fromHex } from '#protocol/bytes.ts';
import type { Provider } from '#wallet/provider.ts';
import { walletSigner } from '#wallet/wallet-signer.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { memoryStore } from './node-environment.ts';
import { beginAt, submitTexts } from './site-lab.ts';

let site: TestSite;
beforeEach(async () => {
  site = await startTestSite();
  return () => site.close();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    ({ code }: { code: string }) => code,
  );

/** Of a batch of 64 texts, which are two units. */
const hasEarned = ({ totals, outbox }: ContributorStatus) => totals.accepted >= 2 && outbox === 0;

/** EIP-1193 as a wallet extension gives it, over a viem account. */
function injected(account = privateKeyToAccount(generatePrivateKey())) {
  const provider: Provider = {
    async request({ method, params }) {
      if (method === 'eth_requestAccounts') return [account.address];
      if (method === 'eth_chainId') return '0x7a69';
      if (method !== 'eth_signTypedData_v4') throw new Error(method);
      const [signer, typedData] = params as [string, string];
      if (signer.toLowerCase() !== account.address.toLowerCase())
        throw new Error('another account');
      return account.signTypedData(JSON.parse(typedData));
    },
  };
  return { address: account.address.toLowerCase(), signer: walletSigner(provider) };
}

test('a wallet of the page signs a binding as viem does', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const { signer, address } = injected(account);
  const binding = {
    device: `0x${'1'.repeat(40)}`,
    wallet: address,
    coordinator: 'http://localhost',
    chainId: 31337,
    nonce: new Uint8Array(32),
    expiresAt: 2_000_000_000,
  };
  const signature = await account.signTypedData(bindingTypedData(binding) as never);
  expect(await signer.signBinding(binding)).toEqual(fromHex(signature.slice(2)));
});

test('the account is asked beside the run, and after it by the session that is kept', async () => {
  const { contributor, start, until } = beginAt(site);
  expect(await codeOf(contributor.account(7))).toBe('session/none');
  await submitTexts(site, 64);
  await start();
  const { totals, account } = await until(hasEarned);
  const beside = await contributor.account(7);
  expect(beside).toMatchObject({ account: account?.address, boundTo: null, sessions: 1 });
  expect(beside.credit.earned).toBe(totals.credit);
  expect(beside.credit.claimable).toBe(totals.credit);
  await Promise.all([1, 2, 3].map((days) => contributor.account(days)));
  await contributor.stop();
  expect((await contributor.account(0)).history).toEqual([]);
  expect(await codeOf(contributor.account(400))).not.toBe('none');
});

test('a device account is bound once; its run ends, and the wallet starts with its credit', async () => {
  const { contributor, start, until } = beginAt(site);
  const { signer, address } = injected();
  expect(await codeOf(contributor.bind(signer))).toBe('session/none');
  await submitTexts(site, 64);
  await start();
  const { totals, account: device } = await until(hasEarned);
  await contributor.stop();
  const bound = await contributor.bind(signer);
  expect(bound).toMatchObject({ account: device?.address, boundTo: address });
  expect(await contributor.bind(signer)).toEqual(bound);
  expect(await codeOf(contributor.bind(injected().signer))).toBe('binding/already-bound');
  expect(await contributor.account(7)).toMatchObject({ boundTo: address });
  await submitTexts(site, 32);
  await start();
  await expect(until(() => false)).rejects.toThrow('account/bound');
  await start(signer);
  await until(({ totals: now }) => now.accepted > totals.accepted);
  const whole = await contributor.account(7);
  expect(whole).toMatchObject({ account: address, boundTo: null });
  expect(whole.credit.earned).toBeGreaterThan(totals.credit);
  expect(await codeOf(contributor.bind(injected().signer))).toBe('session/not-device');
  await contributor.stop();
});

test('a wallet that refuses binds nothing', async () => {
  const { contributor, start, until } = beginAt(site);
  await start();
  await until(({ phase }) => phase === 'waiting');
  const refusing: Provider = {
    async request({ method }) {
      if (method === 'eth_requestAccounts') return [`0x${'3'.repeat(40)}`];
      if (method === 'eth_chainId') return '0x7a69';
      throw Object.assign(new Error('no'), { code: 4001 });
    },
  };
  expect(await codeOf(contributor.bind(walletSigner(refusing)))).toBe('wallet/refused');
  expect(await contributor.account(0)).toMatchObject({ boundTo: null });
  await contributor.stop();
});

test('withdrawing stops the run, ends the consent there and forgets the session here', async () => {
  const store = memoryStore();
  const { contributor, start, until, link } = beginAt(site, { store });
  await submitTexts(site, 320);
  await start();
  await until(({ units }) => units > 0);
  const session = await store.get('session');
  await contributor.withdraw();
  const { phase, outbox } = await until(({ consentExpiresInMs }) => consentExpiresInMs === null);
  expect([phase, outbox]).toEqual(['stopped', 0]);
  expect(await store.get('session')).toBeUndefined();
  expect(await codeOf(contributor.withdraw())).toBe('session/none');
  // What was forgotten would get no lease.
  await store.set('session', session);
  await start();
  await expect(until(() => false)).rejects.toThrow('consent/withdrawn');
  // A new click is a new consent.
  await start();
  const { units } = await until((status) => status.units > 0);
  expect(units).toBeGreaterThan(0);
  link.isUp = false;
  expect(await codeOf(contributor.withdraw())).toBe('coordinator/unreachable');
  link.isUp = true;
  await contributor.withdraw();
  expect(await store.get('session')).toBeUndefined();
});

test('what is finished and was not sent goes with the withdrawal, and is credited', async () => {
  const { contributor, start, until, link } = beginAt(site);
  await submitTexts(site, 320);
  await start();
  await until(({ unit }) => unit !== null);
  link.isUp = false;
  await until(({ outbox }) => outbox > 0);
  await contributor.stop();
  const { outbox, totals } = await until(({ phase }) => phase === 'stopped');
  expect(outbox).toBeGreaterThan(0);
  link.isUp = true;
  await contributor.withdraw();
  const sent = await until(({ consentExpiresInMs }) => consentExpiresInMs === null);
  expect(sent.outbox).toBe(0);
  const known = (one: typeof totals) => one.accepted + one.pending;
  expect(known(sent.totals)).toBe(known(totals) + outbox);
});

test('deleting leaves nothing here, and the session dead there', async () => {
  const [store, files] = [memoryStore(), new Map()];
  const { contributor, start, until, link, environment } = beginAt(site, { store, files });
  await submitTexts(site, 64);
  await start();
  const { account } = await until(hasEarned);
  expect(files.size).toBeGreaterThan(0);
  const session = await store.get('session');
  link.isUp = false;
  expect(await codeOf(contributor.deleteData('everywhere'))).toBe('coordinator/unreachable');
  expect(await store.get('device-key')).toBeDefined();
  link.isUp = true;
  const deleted = await contributor.deleteData('everywhere');
  expect(deleted).toEqual({ account: account?.address, atCoordinator: true });
  expect([store.size(), files.size, await environment.shards.bytes()]).toEqual([0, 0, 0]);
  const shown = await until((status) => status.account === null);
  expect(shown).toMatchObject({ diskBytes: 0, verdicts: [], totals: { credit: 0 } });
  await store.set('session', session);
  expect(await contributor.account(7)).toMatchObject({ account: account?.address });
  expect(await contributor.deleteData('here')).toMatchObject({ atCoordinator: false });
  expect(store.size()).toBe(0);
  expect(await contributor.deleteData('everywhere')).toEqual({
    account: null,
    atCoordinator: false,
  });
});
