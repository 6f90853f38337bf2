// The account: its credit by state, its days, the last hour, and a wallet bound with both
// signatures; what is said before, while and after.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { accountAnswer, walletAddress } from './account-samples.ts';
import { button, names, prepare, stopTime } from './prepare-page.ts';
import { calls, say, start, words } from './serve-page.ts';
import { statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

test('credit is apart by state; the coordinator is asked only when the visitor says so', async () => {
  const { page, complaints } = await pages.begin({
    account: accountAnswer(),
    status: statuses.finished,
  });
  const of = async (id: string) => words(page.locator(id));
  expect([await of('#credit'), await of('#credit-held'), await of('#credit-pending')]).toEqual([
    '220,206',
    '20,972',
    '10,486',
  ]);
  expect([await of('#credit-claimable'), await of('#claimable-unasked')]).toEqual([
    '–',
    'Not asked yet: press “Ask the coordinator” below.',
  ]);
  expect(await names(page)).toEqual(['start']);
  await button(page, 'Ask the coordinator').click();
  await page.locator('#days-chart svg').waitFor();
  expect((await calls(page)).at(-1)).toEqual(['account', 30]);
  expect([await of('#credit-claimable'), await of('#claimable-why')]).toEqual([
    '1,237,348',
    'Earned and not paid out. This coordinator pays nothing out yet: it is a record.',
  ]);
  expect(await page.locator('#claimable-unasked').isVisible()).toBe(false);
  expect(await of('#days-chart > p.fine:not(.axis)')).toMatch(/^In the last 30 days: \d+ accepted/);
  await page.locator('#days-chart summary').click();
  const table = page.getByRole('table');
  expect(await table.getByRole('columnheader').allTextContents()).toEqual([
    'Day (UTC)',
    'Accepted',
    'Refused',
    'Credit',
  ]);
  expect(await table.getByRole('rowheader').count()).toBe(accountAnswer().history.length);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('before a Start there is nothing to ask for, and a lost network is said as that', async () => {
  const { page } = await pages.visit();
  await button(page, 'Ask the coordinator').click();
  const note = page.locator('#days-note');
  await page.waitForFunction(() => 'idlewildFake' in globalThis);
  const fail = (code: string, message: string) =>
    prepare(page, { failing: { account: { code, message } } });
  await fail('session/none', 'There is no session.');
  await button(page, 'Ask the coordinator').click();
  await note.getByText('no session with the coordinator in this browser').waitFor();
  await fail('network/unreachable', 'The coordinator did not answer.');
  await button(page, 'Ask the coordinator').click();
  await note.getByText('Not answered: The coordinator did not answer.').waitFor();
  await page.context().close();
});

test('the last hour is a chart that nothing moves, with its numbers in words', async () => {
  const { page } = await pages.visit();
  await page.clock.install();
  await stopTime(page);
  await start(page);
  await say(page, { ...statuses.working, rows: 0 });
  await page.locator('#hour-chart svg').waitFor();
  for (let minute = 1; minute <= 3; minute++) {
    await page.clock.fastForward(60_000);
    await say(page, { ...statuses.working, rows: 600 * minute });
  }
  expect(await page.locator('#hour-chart rect.speed').count()).toBe(3);
  expect(await words(page.locator('#hour-chart > p:last-child'))).toMatch(
    /^Over the last 3 min: 6\.7 sentences a second on average, 10 in the best minute/,
  );
  const before = await page.locator('#hour-chart svg').elementHandle();
  await say(page, { ...statuses.working, rows: 1800 });
  expect(await before?.evaluate((element) => element.isConnected)).toBe(true);
  await page.context().close();
});

/** @param signs false: the person refuses */
const wallet = (signs: boolean) => `{
  const request = async ({ method }) => {
    if (method === 'eth_requestAccounts') return ['${walletAddress}'];
    if (method === 'eth_chainId') return '0x1';
    if (method !== 'eth_signTypedData_v4') return null;
    await new Promise((resolve) => { globalThis.answer = resolve; });
    if (${signs}) return '0x' + '11'.repeat(64) + '1b';
    throw Object.assign(new Error('no'), { code: 4001 });
  };
  const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
  const detail = { info: { uuid: 'a', rdns: 'one.example', name: 'First wallet', icon },
    provider: { request } };
  addEventListener('eip6963:requestProvider', () =>
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })));
}`;

async function openWallet(page: Page): Promise<void> {
  await page.locator('#wallet > summary').click();
  await page.locator('#wallet-choice > *').first().waitFor();
}

test('a wallet is bound: what is signed stands there before, and both have signed after', async () => {
  const account = accountAnswer();
  const { page, complaints } = await pages.begin({
    account,
    status: statuses.working,
    options: { before: wallet(true) },
  });
  await openWallet(page);
  expect(await words(page.locator('#wallet'))).toContain('Safari does so itself after 7 days');
  expect(await page.locator('#wallet-choice img').count()).toBe(1);
  await button(page, 'First wallet').click();
  expect(await words(page.getByRole('blockquote'))).toBe(
    'Count all credit of this device account for this wallet, now and from now on. This cannot be ' +
      'undone, costs nothing and moves no funds.',
  );
  await button(page, 'Sign with First wallet').click();
  await page.getByText('Waiting for your signature in First wallet.').waitFor();
  expect(await button(page, 'Sign with First wallet').isEnabled()).toBe(false);
  await page.evaluate('answer()');
  await page.getByText('Bound. All credit of 0x9c11…8d31 counts for 0x1111…1111 now.').waitFor();
  await page.getByText('To go on, press Start with that wallet.').waitFor();
  await page.locator('#claimable-why').getByText('the wallet claims its credit').waitFor();
  expect(await names(page)).toEqual(['start', 'bind', 'stop', 'account']);
  expect((await calls(page))[1]).toEqual(['bind', walletAddress, 65]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a signature refused changes nothing, and one can turn back before', async () => {
  const { page } = await pages.begin({
    status: statuses.working,
    options: { before: wallet(false) },
  });
  await openWallet(page);
  await button(page, 'First wallet').click();
  await button(page, 'Not now').click();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('First wallet');
  await button(page, 'First wallet').click();
  await button(page, 'Sign with First wallet').click();
  await page.getByText('Waiting for your signature').waitFor();
  await page.evaluate('answer()');
  await page.getByText('Not bound, and nothing has changed: You refused').waitFor();
  expect(await names(page)).toEqual(['start']);
  await page.context().close();
});

test('an answer that got lost after the signatures is not called nothing', async () => {
  const failing = { bind: { code: 'network/unreachable', message: 'No answer.' } };
  const { page } = await pages.begin({
    failing,
    status: statuses.working,
    options: { before: wallet(true) },
  });
  await openWallet(page);
  await button(page, 'First wallet').click();
  await button(page, 'Sign with First wallet').click();
  await page.getByText('Waiting for your signature').waitFor();
  await page.evaluate('answer()');
  await page.getByText('The coordinator’s answer did not come: No answer.').waitFor();
  await page.context().close();
});

test('without a wallet, or before Start, it says how one comes to be bound', async () => {
  const { page } = await pages.visit();
  await openWallet(page);
  expect(await words(page.locator('#wallet-choice'))).toMatch(/^Press Start first\./);
  await start(page);
  await say(page, statuses.working);
  expect(await words(page.locator('#wallet-choice'))).toMatch(/^No wallet has announced itself/);
  const account = { ...statuses.working.account, kind: 'wallet' } as const;
  await say(page, { ...statuses.working, account: { ...account, address: walletAddress } });
  expect(await words(page.locator('#wallet-choice'))).toMatch(
    /^Credit goes to this wallet already/,
  );
  await page.context().close();
});

test('words that a wallet is asked to sign are the words that are shown', async () => {
  const [{ bindingTypedData }, { englishAccount }] = await Promise.all([
    import('#protocol/binding.ts'),
    import('#words/en-account.ts'),
  ]);
  const nonce = new Uint8Array(32);
  const binding = { device: '0x', wallet: '0x', coordinator: '', chainId: 1, nonce, expiresAt: 1 };
  expect(englishAccount['bind.sentence']).toBe(bindingTypedData(binding).message.words);
});
