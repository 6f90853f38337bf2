// Payouts on the contributor's page, before what a coordinator may say of them, and the end of a wallet's
// sessions. Claims themselves, at a real contract, are in tests/wallet/claims.e2e.test.ts.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { revocationTypedData } from '#protocol/revocation.ts';
import { englishPayout } from '#words/en-payout.ts';
import type { AccountAnswer } from '#worker/status.ts';
import { accountAnswer, walletAddress } from './account-samples.ts';
import { addAxe, findingsOf } from './axe-findings.ts';
import { busyEpochs, emptyEpochs } from './market-samples.ts';
import { cutOff, lowContrast, overflow, smallTargets } from './measures.ts';
import { button, names } from './prepare-page.ts';
import { calls, words } from './serve-page.ts';
import { statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const hash = `0x${'7'.repeat(64)}`;
const settlement: NonNullable<AccountAnswer['settlement']> = {
  chainId: 8453,
  contract: busyEpochs.contract,
  token: { address: busyEpochs.contract, symbol: 'USDC', decimals: 6 },
  creditsPerTokenUnit: 1_000,
  leaf: { epoch: 13, cumulative: '1100' },
  claimed: '400',
  transactions: [{ hash, amount: '400', block: 21_004_417 }],
};
const paid = {
  earned: 1_237_348,
  held: 20_972,
  pending: 10_486,
  claimable: 700_000,
  paid: 400_000,
};

const routeEpochs = (page: Page, epochs: object) =>
  page.route('**/v1/epochs', (route) => route.fulfill({ json: epochs }));

/** @param signs false: the person refuses */
const wallet = (signs = true) => `{
  const request = async ({ method }) => {
    if (method === 'eth_requestAccounts') return ['${walletAddress}'];
    if (method === 'eth_chainId') return '0x1';
    if (${signs} && method === 'eth_signTypedData_v4') return '0x' + '11'.repeat(64) + '1b';
    throw Object.assign(new Error('no'), { code: 4001 });
  };
  const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
  const detail = { info: { uuid: 'a', rdns: 'one.example', name: 'First wallet', icon },
    provider: { request } };
  addEventListener('eip6963:requestProvider', () =>
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })));
}`;

const of = (page: Page, id: string) => words(page.locator(`#${id}`));

async function openClaims(page: Page): Promise<void> {
  await page.locator('#claims > summary').click();
  await page.locator('#claims-state > *').first().waitFor();
}

test('earned, held, pending, claimable and paid are apart, each with its reason', async () => {
  const account = accountAnswer({ credit: paid, settlement });
  const { page, complaints } = await pages.begin({ account, status: statuses.finished });
  await routeEpochs(page, busyEpochs);
  await button(page, 'Ask the coordinator').click();
  await page.locator('#days-chart svg').waitFor();
  const ids = ['credit', 'credit-held', 'credit-pending', 'credit-claimable', 'credit-paid'];
  expect(await Promise.all(ids.map((id) => of(page, id)))).toEqual([
    '1,237,348',
    '20,972',
    '10,486',
    '700,000',
    '400,000',
  ]);
  expect(await of(page, 'claimable-why')).toBe(
    'In an epoch that is final: claim it under “Payouts” below.',
  );
  expect(await of(page, 'paid-why')).toBe('In one payment, listed under “Payouts”.');
  await openClaims(page);
  const state = await of(page, 'claims-state');
  for (const said of [
    'as the coordinator has it',
    '0.0011 USDC',
    'Up to epoch 13.',
    '0.0004 USDC',
    '0.0007 USDC',
    '137,348 credit more is earned and in no final epoch',
    '0.0004 USDC in block 21004417:',
    'Epoch 14: posted, and can be disputed.',
  ]) {
    expect(state).toContain(said);
  }
  const link = page.locator('.payments a');
  expect(await link.getAttribute('href')).toBe(`https://basescan.org/tx/${hash}`);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('without a contract, without an answer, and for a key that is not a wallet’s, it says so', async () => {
  const off = await pages.visit();
  await routeEpochs(off.page, emptyEpochs);
  await openClaims(off.page);
  expect(await of(off.page, 'claims-state')).toMatch(/^This coordinator pays nothing out/);
  await off.page.context().close();
  const away = await pages.visit();
  await away.page.route('**/v1/epochs', (route) => route.abort());
  await away.page.locator('#claims > summary').click();
  await away.page.locator('#claims-note').getByText('The coordinator does not answer.').waitFor();
  await away.page.context().close();
  const early = await pages.visit();
  await routeEpochs(early.page, { ...busyEpochs, token: null });
  await openClaims(early.page);
  expect(await of(early.page, 'claims-state')).toMatch(/^The coordinator has not heard from its/);
  await early.page.context().close();
  const device = await pages.begin({ account: accountAnswer(), status: statuses.finished });
  await routeEpochs(device.page, busyEpochs);
  await openClaims(device.page);
  const told = await of(device.page, 'claims-state');
  expect(told).toContain('Bind it to a wallet, above');
  expect(told).toContain('This coordinator claims for everyone');
  await device.page.context().close();
});

test.each([
  ['light', 'en', 1600],
  ['dark', 'en', 320],
  ['dark', 'ar', 768],
] as const)('payouts can be read by anyone: %s, %s, %i px', async (colorScheme, lang, width) => {
  const account = accountAnswer({ credit: paid, settlement });
  const options = {
    colorScheme,
    bypassCSP: true,
    viewport: { width, height: 900 },
    before: wallet(),
    search: `?lang=${lang}`,
  };
  const { page } = await pages.visit(options);
  await page.locator(`html[lang="${lang}"]`).waitFor();
  await routeEpochs(page, busyEpochs);
  await page.locator('#start').click();
  await page.waitForFunction('globalThis.idlewildFake?.calls.length > 0');
  await page.evaluate(
    ([answer, status]) => {
      const { idlewildFake } = globalThis as never as {
        idlewildFake: { account: unknown; say(status: unknown): void };
      };
      idlewildFake.account = answer;
      idlewildFake.say(status);
    },
    [account, statuses.finished] as const,
  );
  await page.locator('#ask').click();
  await page.locator('#days-chart svg').waitFor();
  await openClaims(page);
  await page.locator('#wallet > summary').click();
  await page.locator('#revoke-choice button').click();
  await page.locator('#revoke-choice blockquote').waitFor();
  await page.mouse.move(0, 0);
  await addAxe(page);
  expect(await findingsOf(page)).toEqual([]);
  expect(await page.evaluate(lowContrast)).toEqual([]);
  expect(await page.evaluate(overflow)).toBe(0);
  expect(await page.evaluate(cutOff)).toEqual([]);
  expect(await page.evaluate(smallTargets)).toEqual([]);
  await page.context().close();
});

async function askRevocation(page: Page): Promise<void> {
  await page.locator('#wallet > summary').click();
  await button(page, 'End all sessions of a wallet…').click();
}

test('a wallet ends its sessions: what it signs stands there, and the run stops before', async () => {
  const { page, complaints } = await pages.begin({
    account: accountAnswer(),
    status: statuses.working,
    options: { before: wallet() },
  });
  await askRevocation(page);
  expect(await words(page.getByRole('blockquote'))).toBe(englishPayout['revoke.sentence']);
  await button(page, 'Not now').click();
  expect(await page.evaluate('document.activeElement.textContent')).toBe(
    'End all sessions of a wallet…',
  );
  await button(page, 'End all sessions of a wallet…').click();
  await button(page, 'End sessions with First wallet').click();
  await page.locator('#revoke-note').getByText('Of 0x1111…1111 1 session ended.').waitFor();
  expect(await names(page)).toEqual(['start', 'stop', 'revoke']);
  expect((await calls(page)).at(-1)).toEqual(['revoke', walletAddress, 65]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a signature refused ends nothing, and a browser without a Start can ask', async () => {
  const { page } = await pages.visit({ before: wallet(false) });
  await askRevocation(page);
  await button(page, 'End sessions with First wallet').click();
  await page.locator('#revoke-note').getByText('Not ended: You refused the request').waitFor();
  expect(await button(page, 'End sessions with First wallet').isEnabled()).toBe(true);
  await page.context().close();
});

test('the words that a wallet is asked to sign are the words that are shown', () => {
  const nothing = { coordinator: '', chainId: 1, sessionKey: new Uint8Array() };
  const revocation = { account: '0x', nonce: new Uint8Array(32), ...nothing };
  expect(englishPayout['revoke.sentence']).toBe(revocationTypedData(revocation).message.words);
});
