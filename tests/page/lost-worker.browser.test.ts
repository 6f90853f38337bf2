// The page when its worker is silent, dead or never came: the visitor is told, and one press of
// Start is enough to go on with a fresh one.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { button } from './prepare-page.ts';
import { called, calls, say, start, words } from './serve-page.ts';
import { failed, statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const phase = (page: Page) => words(page.locator('#phase'));

test('a worker that does not answer Stop is ended, and the next Start takes a fresh one', async () => {
  const { page } = await pages.visit();
  await page.clock.install();
  await start(page);
  await say(page, statuses.working);
  await button(page, 'Stop').click();
  await page.clock.fastForward(900);
  await page.locator('#what').getByText('did not answer').waitFor();
  expect(await phase(page)).toBe('Stopped');
  await expect.poll(async () => (await calls(page)).at(-1)).toEqual(['terminate']);
  await say(page, statuses.working);
  expect(await phase(page)).toBe('Stopped');
  await button(page, 'Start').click();
  await called(page, 4);
  await say(page, statuses.working);
  expect(await phase(page)).toBe('Working');
  await page.context().close();
});

test('after a worker that died, one Start is enough', async () => {
  const { page } = await pages.visit();
  await start(page);
  await say(page, statuses.working);
  await say(page, failed('worker/crashed', 'Out of memory.'));
  expect(await phase(page)).toBe('The program that computes has ended');
  await button(page, 'Start').click();
  await called(page, 3);
  expect((await calls(page)).map(([name]) => name)).toEqual(['start', 'terminate', 'start']);
  await say(page, statuses.working);
  expect(await phase(page)).toBe('Working');
  await page.context().close();
});

test('a call that fails is a failure with its code, never silence', async () => {
  const { page } = await pages.visit();
  await page.route(/fake-connect/, (route) => route.abort());
  await button(page, 'Start').click();
  await page.getByText('Code: network/unreachable').waitFor();
  expect(await button(page, 'Start').isEnabled()).toBe(true);
  await page.context().close();
});
