// A wallet ends its sessions from a browser, against the real coordinator: where one is kept here, where
// none is, and where the person refuses.
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { beforeEach, expect, test } from 'vitest';
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

/** Whatever work there is for it: another of the same account may have it all. */
const hasSession = ({ phase, units }: ContributorStatus) => phase === 'waiting' || units > 0;

/** EIP-1193 over a viem account. @param signs false: the person refuses */
function walletOf(account: ReturnType<typeof privateKeyToAccount>, signs = true) {
  const provider: Provider = {
    async request({ method, params }) {
      if (method === 'eth_requestAccounts') return [account.address];
      if (method === 'eth_chainId') return '0x7a69';
      if (!signs) throw Object.assign(new Error('no'), { code: 4001 });
      return account.signTypedData(JSON.parse((params as [string, string])[1]));
    },
  };
  return walletSigner(provider);
}

test('a wallet ends its sessions here and elsewhere, and what was finished is sent before', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const [store, other] = [memoryStore(), memoryStore()];
  const here = beginAt(site, { store });
  const elsewhere = beginAt(site, { store: other });
  await submitTexts(site, 320);
  await here.start(walletOf(account));
  await here.until(hasSession);
  await elsewhere.start(walletOf(account));
  await elsewhere.until(hasSession);
  await elsewhere.contributor.stop();
  expect(await codeOf(here.contributor.revoke(walletOf(account, false)))).toBe('wallet/refused');
  expect(await store.get('session')).toBeDefined();
  const address = account.address.toLowerCase();
  const ended = await here.contributor.revoke(walletOf(account));
  expect(ended).toMatchObject({ account: address, sessions: 2 });
  expect(await here.until(({ phase }) => phase === 'stopped')).toMatchObject({ outbox: 0 });
  expect(await store.get('session')).toBeUndefined();
  expect(await codeOf(elsewhere.contributor.account(7))).toBe('session/none');
  // Another grant opens another session.
  site.clock.now += 1_000;
  await here.start(walletOf(account));
  await here.until(hasSession);
  await here.contributor.stop();
});

test('a browser without a session can, and keeps the one that is not the wallet’s', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const store = memoryStore();
  const { contributor, start, until } = beginAt(site, { store });
  const first = beginAt(site);
  await submitTexts(site, 320);
  await first.start(walletOf(account));
  await first.until(hasSession);
  await first.contributor.stop();
  expect(await contributor.revoke(walletOf(account))).toMatchObject({ sessions: 1 });
  expect(await codeOf(first.contributor.account(7))).toBe('session/none');
  await start();
  await until(hasSession);
  expect(await contributor.revoke(walletOf(account))).toMatchObject({ sessions: 0 });
  expect(await contributor.account(0)).toMatchObject({ boundTo: null });
});
