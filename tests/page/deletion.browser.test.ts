// The ways out: data deleted here and at the coordinator, and consent withdrawn; what each says
// before and after, and what is left where the coordinator does not answer.

import { expect, test } from 'vitest';
import { accountAnswer } from './account-samples.ts';
import { button, names, prepare } from './prepare-page.ts';
import { calls, words } from './serve-page.ts';
import { statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

test('deletion asks once, says what goes, stays and is lost, and leaves a first visit', async () => {
  const { page, complaints } = await pages.begin({
    account: accountAnswer(),
    status: statuses.finished,
  });
  const dialog = page.getByRole('dialog', { name: 'Delete my data' });
  await button(page, 'Delete my data…').click();
  expect(await words(dialog)).toContain('This browser’s key earned 251,664 credit.');
  expect(await words(dialog)).toContain('in a public log that nobody can rewrite');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Keep everything');
  await page.keyboard.press('Escape');
  expect(await dialog.isVisible()).toBe(false);
  expect(await names(page)).toEqual(['start']);
  await button(page, 'Delete my data…').click();
  await button(page, 'Delete for good').click();
  await page.getByText('Deleted, here and at the coordinator.').waitFor();
  expect(await dialog.isVisible()).toBe(false);
  expect((await calls(page)).slice(1)).toEqual([['deleteData', 'everywhere'], ['terminate']]);
  expect(await page.evaluate('Object.keys(localStorage)')).toEqual([]);
  expect(await words(page.locator('#accepted'))).toBe('0 units');
  expect(await button(page, 'Start').isEnabled()).toBe(true);
  expect(await page.locator('#agree').isVisible()).toBe(true);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('where the coordinator does not answer nothing is deleted, unless one says so', async () => {
  const failing = { deleteData: { code: 'network/unreachable', message: 'No answer.' } };
  const { page } = await pages.begin({
    failing,
    status: { ...statuses.stopped, outbox: 2 },
  });
  const dialog = page.getByRole('dialog', { name: 'Delete my data' });
  await button(page, 'Delete my data…').click();
  expect(await words(dialog)).toContain('First, 2 finished results not sent yet will be sent');
  await button(page, 'Delete for good').click();
  await dialog.getByText('did not answer: No answer.').waitFor();
  expect(await words(dialog)).toContain('2 finished results not sent yet will be lost');
  expect(await page.evaluate('Object.keys(localStorage).length')).not.toBe(0);
  await prepare(page, { failing: {} });
  await button(page, 'Delete from this browser only').click();
  await page.getByText('Deleted from this browser. There was no session').waitFor();
  expect((await calls(page)).slice(-2)).toEqual([['deleteData', 'here'], ['terminate']]);
  expect(await page.evaluate('Object.keys(localStorage)')).toEqual([]);
  await page.context().close();
});

test('a withdrawal that the coordinator did not hear can be told again', async () => {
  const failing = { withdraw: { code: 'network/unreachable', message: 'No answer.' } };
  const { page } = await pages.begin({
    failing,
    status: { ...statuses.stopped, outbox: 2 },
  });
  await button(page, 'Withdraw consent').click();
  const note = page.locator('#withdraw-note');
  await note.getByText('the coordinator could not be told: No answer.').waitFor();
  expect(await words(note)).toContain('not sent yet is kept');
  expect(await page.evaluate('Object.keys(localStorage)')).toEqual([]);
  await prepare(page, { failing: {} });
  await button(page, 'Tell the coordinator again').click();
  await note.getByText('gives this account no more work').waitFor();
  expect(await button(page, 'Tell the coordinator again').isVisible()).toBe(false);
  await page.context().close();
});
