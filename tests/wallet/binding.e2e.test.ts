// A visitor without a wallet who gets one: the credit of this browser's key is bound to it by both
// signatures, at a real coordinator; and what may come between.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bindingTypedData } from '#protocol/binding.ts';
import type { PageWallet, WalletPlan } from './page-wallet.ts';
import { addWork, openWorld, type Visitor, visitWith, type World } from './visitor.ts';

let world: World;
let brook: WalletPlan;
let visitor: Visitor;
let wallet: PageWallet;

beforeAll(async () => {
  world = await openWorld();
  const { chain, otherChain } = world;
  brook = {
    name: 'Brook',
    rdns: 'example.brook',
    chains: [otherChain, chain],
    accounts: chain.accounts,
  };
});

afterAll(() => world?.close());

/** Each visitor has a browser, and so a device key, of their own; and one unit's credit for it. */
beforeEach(async () => {
  await addWork(world.site);
  visitor = await visitWith(world, [brook]);
  [wallet] = visitor.wallets;
  const { page, press } = visitor;
  await page.getByRole('radio', { name: 'A key of this browser' }).check();
  await press('Start');
  await page.locator('#accepted').getByText('1 unit').waitFor();
  await page.locator('#wallet > summary').click();
});

afterEach(() => visitor?.close());

const said = (words: string) => visitor.page.locator('#wallet-note').getByText(words).waitFor();

async function askBinding(): Promise<void> {
  await visitor.press('Brook');
  await visitor.press('Sign with Brook');
}

test('both sign the one sentence that stands there; then the wallet has the credit', async () => {
  const { page, press, state, complaints } = visitor;
  const device = await page.locator('#account').getAttribute('title');
  const [account] = world.chain.accounts;
  await press('Brook');
  const sentence = await page.getByRole('blockquote').textContent();
  await press('Sign with Brook');
  (await wallet.prompt('eth_requestAccounts')).approve();
  (await wallet.prompt('wallet_switchEthereumChain')).approve();
  const { params, approve } = await wallet.prompt('eth_signTypedData_v4');
  const { primaryType, message } = JSON.parse(params[1] as string);
  const nothing = { nonce: new Uint8Array(32), expiresAt: 1, chainId: 1 };
  const { words } = bindingTypedData({
    device: '',
    wallet: '',
    coordinator: '',
    ...nothing,
  }).message;
  expect([primaryType, message.words, message.words]).toEqual(['Binding', sentence, words]);
  expect(message).toMatchObject({ device, wallet: account });
  await said('Waiting for your signature in Brook');
  approve();
  await said('Bound. All credit of');
  await state('Nothing is running');
  await page.locator('#claimable-why').getByText('the wallet claims its credit').waitFor();

  // The next Start is the wallet's, without another choice, and finds what the key has earned.
  await press('Start');
  (await wallet.prompt('eth_signTypedData_v4')).approve();
  await state(/^Waiting/);
  expect(await page.locator('#account').getAttribute('title')).toBe(account);
  await press('Ask the coordinator');
  await page.locator('#claimable-why').getByText('Earned and not paid out').waitFor();
  expect(await page.locator('#credit-claimable').textContent()).toMatch(/^[1-9]/);
  await press('Stop');
  await state('Nothing is running');

  // The key is the wallet's for good.
  await page.getByRole('radio', { name: 'A key of this browser' }).check();
  await press('Start');
  await state('This account belongs to a wallet now');
  expect(complaints).toEqual([]);
});

test('refused by the person at each question, nothing changes', async () => {
  await askBinding();
  (await wallet.prompt('eth_requestAccounts')).reject();
  await said('Not bound, and nothing has changed: You refused the request in the wallet.');
  await askBinding();
  (await wallet.prompt('eth_requestAccounts')).approve();
  (await wallet.prompt('wallet_switchEthereumChain')).reject();
  await said('Not bound, and nothing has changed: The wallet is not on chain 31337.');
  await askBinding();
  (await wallet.prompt('wallet_switchEthereumChain')).approve();
  (await wallet.prompt('eth_signTypedData_v4')).reject();
  await said('Not bound, and nothing has changed: You refused the request in the wallet.');
  await visitor.press('Ask the coordinator');
  await visitor.page.locator('#claimable-why').getByText('Earned and not paid out').waitFor();
});

test('a locked wallet, and an account taken away meanwhile, bind nothing', async () => {
  const [, second, third] = world.chain.accounts;
  await wallet.lock(true);
  await askBinding();
  await said('Not bound, and nothing has changed: The wallet showed no account.');
  await wallet.lock(false);
  await wallet.choose([second]);
  await askBinding();
  (await wallet.prompt('wallet_switchEthereumChain')).approve();
  const { approve } = await wallet.prompt('eth_signTypedData_v4');
  await wallet.choose([third]);
  approve();
  await said('Not bound, and nothing has changed: The wallet does not show the account any more');
  await askBinding();
  const { params, approve: sign } = await wallet.prompt('eth_signTypedData_v4');
  expect(params[0]).toBe(third);
  sign();
  await said('Bound. All credit of');
});
