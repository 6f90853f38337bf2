// A visitor with wallets, from the choice among them to credited work, at a real coordinator: what
// the wallet is asked, what it may refuse, and what the page says then.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantTypedData } from '#protocol/grant.ts';
import type { WalletPlan } from './page-wallet.ts';
import { addWork, openWorld, type Visitor, visitWith, type World } from './visitor.ts';

let world: World;
let meadow: WalletPlan;
let brook: WalletPlan;

beforeAll(async () => {
  world = await openWorld();
  const { chain, otherChain } = world;
  const chains = [chain, otherChain];
  const [first, second, third] = chain.accounts;
  meadow = { name: 'Meadow', rdns: 'example.meadow', chains, accounts: [third] };
  brook = { name: 'Brook', rdns: 'example.brook', chains, accounts: [first, second] };
});

afterAll(() => world?.close());

/** Start with a wallet that the person connects, up to the signature that it is asked for. */
async function startWith({ page, press, wallets: [wallet] }: Visitor, name = 'Brook') {
  await page.getByRole('radio', { name }).check();
  await press('Start');
  (await wallet.prompt('eth_requestAccounts')).approve();
  return wallet.prompt('eth_signTypedData_v4');
}

const choice = ({ page }: Visitor) =>
  page.getByRole('group', { name: 'Credit goes to' }).getByRole('radio');

test('of two wallets the chosen one signs one readable sentence, and is credited', async () => {
  await addWork(world.site);
  const visitor = await visitWith(world, [meadow, brook]);
  const { page, press, wallets } = visitor;
  const [other, wallet] = wallets;
  await expect.poll(() => choice(visitor).count()).toBe(3);
  expect(wallet.calls).toEqual([]);
  await page.getByRole('radio', { name: 'Brook' }).check();
  await press('Start');
  (await wallet.prompt('eth_requestAccounts')).approve();
  const { params, approve } = await wallet.prompt('eth_signTypedData_v4');
  const [account, json] = params as [string, string];
  const { domain, primaryType, message } = JSON.parse(json);
  expect(account).toBe(world.chain.accounts[0]);
  expect([domain.name, domain.chainId, primaryType]).toEqual(['Idlewild', 31337, 'Grant']);
  const nothing = { account: '0x', sessionKey: new Uint8Array(), nonce: new Uint8Array() };
  const grant = { ...nothing, coordinator: '', chainId: 1, expiresAt: 1, consentVersion: 1 };
  expect(message).toMatchObject({
    words: grantTypedData(grant).message.words,
    account,
    coordinator: world.site.coordinator.origin(),
  });
  approve();
  await page.locator('#accepted').getByText('1 unit').waitFor();
  expect(await page.locator('#account').getAttribute('title')).toBe(account);
  await press('Ask the coordinator');
  await page.locator('#days-chart svg').waitFor();
  expect(await page.locator('#credit-claimable').textContent()).toMatch(/^[1-9]/);
  await press('Stop');
  await visitor.state('Nothing is running');

  // A reload asks for nothing: the grant holds, and so does the connection.
  await visitor.open();
  await page.getByRole('radio', { name: 'Brook' }).check();
  await press('Start');
  await visitor.state(/^Waiting/);
  expect(wallet.promptCount()).toBe(2);
  expect(wallet.calls.filter((call) => /send|personal/i.test(call))).toEqual([]);
  expect(other.calls).toEqual([]);
  expect(visitor.complaints).toEqual([]);
  await visitor.close();
});

test('the person may refuse the account, or the signature, and nothing is sent', async () => {
  const visitor = await visitWith(world, [brook]);
  const { page, press, state, wallets } = visitor;
  const [wallet] = wallets;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.getByRole('radio', { name: 'Brook' }).check();
  await press('Start');
  (await wallet.prompt('eth_requestAccounts')).reject();
  await state('Your wallet did not sign');
  const { reject } = await startWith(visitor);
  reject();
  await state('Your wallet did not sign');
  await state('choose to go on without a wallet');
  expect(asked).not.toContain('/v1/sessions');
  await press('Start');
  (await wallet.prompt('eth_signTypedData_v4')).approve();
  await state(/^Waiting/);
  await visitor.close();
});

test('on another chain it is asked to change; refused, that is said', async () => {
  const { chain, otherChain } = world;
  const visitor = await visitWith(world, [{ ...brook, chains: [otherChain, chain] }]);
  const { page, press, state, wallets } = visitor;
  const [wallet] = wallets;
  await page.getByRole('radio', { name: 'Brook' }).check();
  await press('Start');
  (await wallet.prompt('eth_requestAccounts')).approve();
  (await wallet.prompt('wallet_switchEthereumChain')).reject();
  await state('The wallet is on another chain');
  await state('31337');
  await press('Start');
  (await wallet.prompt('wallet_switchEthereumChain')).approve();
  (await wallet.prompt('eth_signTypedData_v4')).approve();
  await state(/^Waiting/);
  await visitor.close();
});

test('a chain that the wallet does not know is said as that', async () => {
  const visitor = await visitWith(world, [{ ...brook, chains: [world.otherChain] }]);
  await visitor.page.getByRole('radio', { name: 'Brook' }).check();
  await visitor.press('Start');
  (await visitor.wallets[0].prompt('eth_requestAccounts')).approve();
  await visitor.state('The wallet is on another chain');
  await visitor.close();
});

test('a locked wallet shows no account: unlocked, Start goes on', async () => {
  const visitor = await visitWith(world, [brook]);
  const { page, press, state, wallets } = visitor;
  const [wallet] = wallets;
  await wallet.lock(true);
  await page.getByRole('radio', { name: 'Brook' }).check();
  await press('Start');
  await state('The wallet could not be used');
  await state('Unlock the wallet and press Start');
  await wallet.lock(false);
  (await startWith(visitor)).approve();
  await state(/^Waiting/);
  await visitor.close();
});

test('an account taken away while it is asked to sign is said as that', async () => {
  const visitor = await visitWith(world, [brook]);
  const { state, press, wallets } = visitor;
  const [wallet] = wallets;
  const [, second] = world.chain.accounts;
  const { approve } = await startWith(visitor);
  await wallet.choose([second]);
  approve();
  await state('The wallet shows another account now');
  await state('Choose one account in the wallet');
  await press('Start');
  const { params, approve: sign } = await wallet.prompt('eth_signTypedData_v4');
  expect(params[0]).toBe(second);
  sign();
  await state(/^Waiting/);
  await visitor.close();
});

test('another account chosen later changes nothing: the one that signed is credited', async () => {
  const visitor = await visitWith(world, [brook]);
  const { page, state, wallets } = visitor;
  const [wallet] = wallets;
  const [first, second] = world.chain.accounts;
  (await startWith(visitor)).approve();
  await state(/^Waiting/);
  await wallet.choose([second, first]);
  const before = await page.locator('#accepted').textContent();
  await addWork(world.site);
  await page.waitForFunction(
    (was) => document.getElementById('accepted')?.textContent !== was,
    before,
  );
  expect(await page.locator('#account').getAttribute('title')).toBe(first);
  expect(wallet.promptCount()).toBe(2);
  await visitor.close();
});

test('Stop does not wait for the wallet, and a late signature starts nothing', async () => {
  const visitor = await visitWith(world, [brook]);
  const { press, state, page } = visitor;
  const { approve } = await startWith(visitor);
  await press('Stop');
  await state('Nothing is running');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  approve();
  (await startWithAgain(visitor)).reject();
  await state('Your wallet did not sign');
  expect(asked).not.toContain('/v1/sessions');
  await visitor.close();
});

async function startWithAgain({ press, wallets: [wallet] }: Visitor) {
  await press('Start');
  return wallet.prompt('eth_signTypedData_v4');
}

test('it ends its sessions by its own word, and the next Start asks it again', async () => {
  const visitor = await visitWith(world, [brook]);
  const { page, press, state, wallets } = visitor;
  const [wallet] = wallets;
  (await startWith(visitor)).approve();
  await state(/^Waiting/);
  await page.locator('#wallet > summary').click();
  await press('End all sessions of a wallet…');
  const sentence = await page.getByRole('blockquote').textContent();
  await press('End sessions with Brook');
  const { params, approve } = await wallet.prompt('eth_signTypedData_v4');
  const { primaryType, message } = JSON.parse(params[1] as string);
  expect([primaryType, message.words]).toEqual(['Revocation', sentence]);
  expect(message).toMatchObject({ account: world.chain.accounts[0], sessionKey: '0x' });
  approve();
  await page
    .locator('#revoke-note')
    .getByText(/sessions? ended/)
    .waitFor();
  await state('Nothing is running');
  await press('Ask the coordinator');
  await page.locator('#days-note').getByText('There is no session').waitFor();
  await press('Start');
  (await wallet.prompt('eth_signTypedData_v4')).approve();
  await state(/^Waiting/);
  expect(visitor.complaints).toEqual([]);
  await visitor.close();
});

test('a wallet that announces itself late is offered as well, and takes no choice away', async () => {
  const visitor = await visitWith(world, [brook, { ...meadow, isLate: true }]);
  const { page } = visitor;
  await expect.poll(() => choice(visitor).count()).toBe(2);
  await page.getByRole('radio', { name: 'A key of this browser' }).check();
  await page.evaluate('announce_Meadow()');
  await page.getByRole('radio', { name: 'Meadow' }).waitFor();
  expect(await page.getByRole('radio', { name: 'A key of this browser' }).isChecked()).toBe(true);
  expect(visitor.complaints).toEqual([]);
  await visitor.close();
});
