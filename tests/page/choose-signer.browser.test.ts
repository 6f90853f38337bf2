// To whom credit goes: a wallet that the browser has, the one of the last visit, or a key of the browser.
import { expect, test } from 'vitest';
import { button } from './prepare-page.ts';
import { called, calls, say, start } from './serve-page.ts';
import { statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const wallets = `
  for (const [rdns, name, account] of [['one.example', 'First wallet', 1], ['two.example', 'Second', 2]]) {
    const request = async ({ method }) =>
      method === 'eth_requestAccounts' ? ['0x' + String(account).repeat(40)] : null;
    const detail = { info: { uuid: rdns, rdns, name, icon: '' }, provider: { request } };
    addEventListener('eip6963:requestProvider', () =>
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })));
  }`;

test('with wallets the first is chosen, and going without is one click', async () => {
  const { page, complaints } = await pages.visit({ before: wallets });
  const choice = page.getByRole('group', { name: 'Credit goes to' });
  await expect.poll(() => choice.getByRole('radio').count()).toBe(3);
  expect(await choice.getByRole('radio', { name: 'First wallet' }).isChecked()).toBe(true);
  await start(page);
  await say(page, statuses.stopped);
  await choice.getByRole('radio', { name: /without a wallet/ }).check();
  await button(page, 'Start').click();
  await called(page, 2);
  expect((await calls(page)).map(([, , signer]) => signer)).toEqual([
    { kind: 'wallet', address: `0x${'1'.repeat(40)}` },
    null,
  ]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the next visit begins with the choice of the last, and says what is missing', async () => {
  const first = await pages.visit({ before: wallets });
  const { page, complaints } = first;
  const choice = page.getByRole('group', { name: 'Credit goes to' });
  await choice.getByRole('radio', { name: 'Second' }).check();
  await start(page);
  await page.reload();
  await expect.poll(() => choice.getByRole('radio', { name: 'Second' }).isChecked()).toBe(true);
  await choice.getByText('At your last visit: Second.').waitFor();
  await choice.getByRole('radio', { name: /without a wallet/ }).check();
  await button(page, 'Start').click();
  await called(page, 1);
  await page.reload();
  await choice.getByText('At your last visit: A key of this browser').waitFor();
  expect(await choice.getByRole('radio', { name: /without a wallet/ }).isChecked()).toBe(true);
  const put = { id: 'org.gone', name: 'Gone wallet' };
  await page.evaluate((kept) => localStorage.setItem('idlewild/signer', kept), JSON.stringify(put));
  await page.reload();
  await choice.getByText('it went to Gone wallet, which is not here now').waitFor();
  expect(await choice.getByRole('radio', { name: /without a wallet/ }).isChecked()).toBe(true);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('without a wallet there is no choice to make', async () => {
  const { page } = await pages.visit();
  await start(page);
  expect(await page.getByRole('group', { name: 'Credit goes to' }).isVisible()).toBe(false);
  await page.context().close();
});
