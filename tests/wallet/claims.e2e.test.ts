// Contributors who come back to the page when an epoch is final and claim with their own wallets: a real
// coordinator, the real contract on a real chain, and no session in the browser.
import type { Browser } from 'playwright-core';
import { generatePrivateKey } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '#cli/build.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { proofOfAccount, readProofFile } from '#settlement/proof-file.ts';
import { claimCall } from '#settlement/settlement-calls.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { openSettlementSite, type SettlementSite } from '../coordinator/settlement-site.ts';
import type { TestContributor } from '../coordinator/test-contributor.ts';
import { pageFolder, type Visitor, visitWith } from './visitor.ts';

let paid: SettlementSite;
let browser: Browser;
let order: string;
let contributors: TestContributor[];

const ether = 10n ** 18n;
/** As openSettlementSite sets it. */
const creditsPerTokenUnit = 3n;

beforeAll(async () => {
  await build();
  paid = await openSettlementSite({}, { pageFolder });
  const { site, lab } = paid;
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  order = await paid.order('first');
  await paid.turn();
  contributors = [];
  for (let each = 0; each < 3; each++) {
    const who = await site.stranger({ privateKey: generatePrivateKey() });
    await who.open();
    contributors.push(who);
    // The node sends for them, as a wallet that holds their keys would.
    await lab.node.request('anvil_impersonateAccount', [who.address]);
    await lab.node.request('anvil_setBalance', [who.address, `0x${ether.toString(16)}`]);
  }
  await settle('one', contributors.slice(0, 2));
  browser = await launchPatiently({ webgpu: false });
});

afterAll(async () => {
  await browser?.close();
  await paid?.close();
});

/** A batch of theirs, in an epoch that is final and whose debits are collected. */
async function settle(name: string, workers: readonly TestContributor[]): Promise<void> {
  await paid.batch(order, workers, name);
  await paid.site.coordinator.closeEpoch();
  await paid.until('final');
  while ((await paid.epochs())[0].settled_at === null) await paid.turn();
}

async function visitAs({ address }: TestContributor): Promise<Visitor> {
  const { site, lab } = paid;
  const chain = lab.node;
  const world = { site, browser, chain, otherChain: chain, close: async () => {} };
  const plan = { name: 'Brook', rdns: 'example.brook', chains: [chain], accounts: [address] };
  const visitor = await visitWith(world, [plan]);
  await visitor.page.locator('#claims > summary').click();
  await visitor.press('Look with Brook');
  (await visitor.wallets[0].prompt('eth_requestAccounts')).approve();
  await visitor.page.locator('#claims-state .payouts').waitFor();
  return visitor;
}

const claimButton = ({ page }: Visitor) => page.getByRole('button', { name: /^Claim / });

async function stateOf({ page }: Visitor): Promise<string> {
  return ((await page.locator('#claims-state').textContent()) ?? '').replaceAll('\u00a0', ' ');
}

const said = ({ page }: Visitor, words: string) =>
  page.locator('#claims-note').getByText(words).waitFor();

/** Blocks come while the page waits for one. */
async function mineUntil({ page }: Visitor, words: string): Promise<void> {
  const note = page.locator('#claims-note');
  await expect
    .poll(async () => {
      await paid.lab.mine();
      return note.textContent();
    })
    .toContain(words);
}

async function dueOf(who: TestContributor): Promise<bigint> {
  const { credit } = await paid.account(who);
  return BigInt(credit.earned) / creditsPerTokenUnit;
}

const tokens = (units: bigint) => String(Number(units) / 1e6);

test('who comes back finds what is final, claims it, and sees the payment', async () => {
  const [who] = contributors;
  const due = await dueOf(who);
  const visitor = await visitAs(who);
  const [wallet] = visitor.wallets;
  const state = await stateOf(visitor);
  expect(state).toContain('Up to epoch 1.');
  expect(state).toContain(tokens(due));
  expect(state).not.toContain('Payments');
  await claimButton(visitor).click();
  const { params, approve } = await wallet.prompt('eth_sendTransaction');
  expect(params[0]).toMatchObject({ from: who.address, to: paid.lab.settlement.toLowerCase() });
  expect(await claimButton(visitor).isEnabled()).toBe(false);
  approve();
  await mineUntil(visitor, 'Paid: ');
  expect(await paid.balance(who.address)).toBe(due);
  await expect.poll(() => stateOf(visitor)).toContain('All that is final is paid.');
  expect(await stateOf(visitor)).toContain('Payments');
  expect(await visitor.page.locator('.payments code').textContent()).toMatch(/^0x[0-9a-f]{64}$/);
  expect(await claimButton(visitor).count()).toBe(0);

  // A month later, in another browser, it is all still there.
  const later = await visitAs(who);
  expect(await stateOf(later)).toContain('All that is final is paid.');
  expect(await later.page.locator('.payments li').count()).toBe(1);
  expect(wallet.calls.filter((call) => /sign/i.test(call))).toEqual([]);
  expect([...visitor.complaints, ...later.complaints]).toEqual([]);
  await visitor.close();
  await later.close();
});

test('the market page of that coordinator shows the rate, its contract and the epoch', async () => {
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${paid.site.coordinator.origin()}/market`);
  await page.locator('#epochs').getByText('Epoch 1: final: anyone may claim').waitFor();
  await page.locator('#epochs').getByText(paid.lab.settlement.toLowerCase()).waitFor();
  await page
    .locator('#rate')
    .getByText(/^1,000$/)
    .waitFor();
  await page.locator('#models').getByText('synthetic-1').waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('refused by the person, nothing is sent; claimed by another meanwhile, that is said', async () => {
  const [, who] = contributors;
  const due = await dueOf(who);
  const visitor = await visitAs(who);
  const [wallet] = visitor.wallets;
  await claimButton(visitor).click();
  (await wallet.prompt('eth_sendTransaction')).reject();
  await said(visitor, 'Nothing was claimed: You refused the request in the wallet.');
  expect(await paid.balance(who.address)).toBe(0n);

  const [{ credits_root: root }] = await paid.epochs();
  const { raw } = await paid.site.get(`/v1/epochs/1/credits/${who.address.slice(2, 5)}.json`);
  const file = readProofFile(raw.toString('utf8'), 'credits', root);
  const claim = claimCall(proofOfAccount(file, who.address as Hex)!, 0n);
  const { lab } = paid;
  await lab.send(lab.arbiter, lab.settlement, claim.data);
  expect(await paid.balance(who.address)).toBe(due);
  await claimButton(visitor).click();
  await said(visitor, 'Nothing was claimed: It is paid already');
  await expect.poll(() => stateOf(visitor)).toContain('All that is final is paid.');
  expect(visitor.complaints).toEqual([]);
  await visitor.close();
});

test('whoever has nothing there is told; a proof that grew old is said, and the new one claims', async () => {
  const [first, , newcomer] = contributors;
  const nobody = await visitAs(newcomer);
  expect(await stateOf(nobody)).toContain('This account is in no final epoch.');
  expect(await claimButton(nobody).count()).toBe(0);
  await nobody.close();
  await settle('two', [first, newcomer]);
  const visitor = await visitAs(newcomer);
  const [wallet] = visitor.wallets;
  expect(await stateOf(visitor)).toContain('Up to epoch 2.');
  await settle('three', [first, newcomer]);
  await claimButton(visitor).click();
  await said(visitor, 'Nothing was claimed: Another epoch has become final meanwhile.');
  await expect.poll(() => stateOf(visitor)).toContain('Up to epoch 3.');
  await claimButton(visitor).click();
  (await wallet.prompt('eth_sendTransaction')).approve();
  await mineUntil(visitor, 'Paid: ');
  expect(await paid.balance(newcomer.address)).toBe(await dueOf(newcomer));
  expect(visitor.complaints).toEqual([]);
  await visitor.close();
});
