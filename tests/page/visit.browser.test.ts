// A visitor who comes back: consent that holds, runs out, changes or is withdrawn, settings that are
// kept after it and not before, the choice of a project, and the page in Arabic.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { Settings } from '#worker/status.ts';
import { button } from './prepare-page.ts';
import { called, calls, coordinatorBlock, say, start, words } from './serve-page.ts';
import { failed, statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const day = 86_400_000;
const stored = (page: Page) => page.evaluate('({ ...localStorage })') as Promise<object>;
const consentOf = (version: number, ageMs: number) =>
  `localStorage.setItem('idlewild/consent',
    JSON.stringify({ version: ${version}, givenAt: Date.now() - ${ageMs} }))`;
const [library] = coordinatorBlock.projects;

async function startedWith(page: Page): Promise<{ settings: Settings; consentAgeMs: number }> {
  const [[, options]] = (await calls(page)) as [[string, never]];
  return options;
}

test('settings are kept from the click on, and found again', async () => {
  const { page } = await pages.visit();
  await page.getByRole('radio', { name: /^Gentle/ }).check();
  expect(await stored(page)).toEqual({});
  await start(page);
  await page.getByText('When, and how much').click();
  await page.getByLabel('while this tab is visible').check();
  const names = ['consent', 'settings', 'signer'].map((name) => `idlewild/${name}`);
  expect(Object.keys(await stored(page)).sort()).toEqual(names);
  await page.reload();
  expect(await page.getByRole('radio', { name: /^Gentle/ }).isChecked()).toBe(true);
  expect(await words(page.locator('#when-words'))).toBe('Only while this tab is visible.');
  await page.goto(`${page.url()}?duty=80`);
  expect(await page.locator('#duty').inputValue()).toBe('80');
  await page.context().close();
});

test('a consent that holds is not renewed by Start, and its text stays at hand', async () => {
  const { page } = await pages.visit({ before: consentOf(CONSENT_VERSION, 3 * day) });
  const box = page.locator('#consent-box');
  expect(await words(box)).toMatch(/You agreed to this on .* It holds until /);
  expect(await page.getByText('By pressing Start you agree to this').isVisible()).toBe(false);
  await box.locator('summary').click();
  expect(await page.getByText('By pressing Start you agree to this').isVisible()).toBe(true);
  await start(page);
  expect((await startedWith(page)).consentAgeMs).toBeGreaterThanOrEqual(3 * day);
  await page.context().close();
});

test.each([
  ['has run out', consentOf(CONSENT_VERSION, 91 * day), 'Your consent ran out on'],
  ['is for another text', consentOf(CONSENT_VERSION - 1, day), 'This text has changed'],
])('a consent that %s is asked for again', async (_, before, why) => {
  const { page } = await pages.visit({ before });
  expect(await words(page.locator('#consent-box'))).toContain(why);
  expect(await page.getByText('By pressing Start you agree to this').isVisible()).toBe(true);
  expect(await button(page, 'Withdraw consent').isVisible()).toBe(false);
  await start(page);
  expect((await startedWith(page)).consentAgeMs).toBeLessThan(day);
  expect(await page.getByText('You agreed to this on').isVisible()).toBe(true);
  await page.context().close();
});

test('the coordinator may end it: then it is asked for again', async () => {
  const { page } = await pages.visit();
  await start(page);
  await say(page, failed('consent/expired', 'Consent is over.'));
  expect(await words(page.locator('#phase'))).toBe('Your consent has ended');
  expect(await words(page.locator('#consent-box'))).toContain('By pressing Start you agree');
  await say(page, { ...statuses.stopped, consentExpiresInMs: 0 });
  await button(page, 'Start').click();
  await called(page, 2);
  await say(page, { ...statuses.connecting, consentExpiresInMs: 0 });
  expect(await page.getByText('You agreed to this on').isVisible()).toBe(true);
  await say(page, { ...statuses.working, consentExpiresInMs: 0 });
  expect(await words(page.locator('#consent-box'))).toContain('so you are asked again');
  await page.context().close();
});

test('withdrawing is one click: it stops, forgets, and says what is so', async () => {
  const { page } = await pages.visit();
  await start(page);
  await say(page, statuses.working);
  await button(page, 'Withdraw consent').click();
  await called(page, 3);
  expect((await calls(page)).map(([name]) => name)).toEqual(['start', 'stop', 'withdraw']);
  expect(await stored(page)).toEqual({});
  await say(page, statuses.stopped);
  await page.locator('#withdraw-note').getByText('gives this account no more work').waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('consent-title');
  expect(await button(page, 'Withdraw consent').isVisible()).toBe(false);
  await button(page, 'Start').click();
  expect(await words(page.locator('#withdraw-note'))).toBe('');
  await page.context().close();
});

const projects = [
  library,
  {
    ...library,
    id: 'letters',
    name: 'Letters home',
    words: 'Letters of emigrants.',
    contentClass: 'personal',
    isDefault: false,
  },
  {
    ...library,
    id: 'hikma',
    name: 'مكتبة الحكمة',
    words: 'فهرسة كتب قديمة.',
    contentClass: 'sensitive',
    isDefault: false,
  },
];

test('a project is chosen in its own words, and what runs is shown', async () => {
  const { page } = await pages.visit({ block: { ...coordinatorBlock, projects } });
  const choice = page.getByRole('group', { name: 'Whom you help' });
  expect(await choice.getByRole('radio').count()).toBe(4);
  expect(await choice.getByRole('radio', { name: /^Let the coordinator choose/ }).isChecked()).toBe(
    true,
  );
  expect(await words(choice)).toContain('Texts that people wrote for few eyes.');
  await choice.getByRole('radio', { name: /^Letters home/ }).check();
  expect(await words(page.locator('#words'))).toBe('Letters of emigrants.');
  await start(page);
  expect((await startedWith(page)).settings.project).toBe('letters');
  await say(page, { ...statuses.working, projectId: 'hikma', project: 'مكتبة الحكمة' });
  expect(await words(page.locator('#words'))).toBe('فهرسة كتب قديمة.');
  expect(await words(page.locator('#project'))).toBe('مكتبة الحكمة');
  await page.context().close();
});

test('with one project there is no choice, with none it says so, with many the rest waits', async () => {
  const one = await pages.visit();
  expect(await one.page.getByRole('group', { name: 'Whom you help' }).isVisible()).toBe(false);
  await one.page.context().close();
  const none = await pages.visit({ block: { ...coordinatorBlock, projects: [] } });
  expect(await words(none.page.locator('#projects-note'))).toContain('No project is open now');
  expect(await button(none.page, 'Start').isEnabled()).toBe(true);
  await none.page.context().close();
  const block = {
    ...coordinatorBlock,
    projects: Array.from({ length: 9 }, (_, i) => ({
      ...library,
      id: `p${i}`,
      name: `Project ${i}`,
    })),
  };
  const many = await pages.visit({ block });
  const radios = many.page.getByRole('group', { name: 'Whom you help' }).getByRole('radio');
  expect(await radios.count()).toBe(6);
  await button(many.page, 'Show all 9 projects').click();
  expect(await radios.count()).toBe(10);
  await many.page.context().close();
});

test('the page is Arabic where the visitor is, from right to left, and whole', async () => {
  const { page, complaints } = await pages.visit({ locale: 'ar-EG' });
  await page.locator('html[dir="rtl"]').waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('ar');
  await page.getByRole('button', { name: 'ابدأ', exact: true }).click();
  await called(page, 1);
  await say(page, statuses.held);
  const machine = await words(page.getByRole('region', { name: 'الجهاز' }));
  expect(machine).toContain('لثلاثة أسباب: الجهاز يعمل على البطارية؛ خارج أوقاتك؛ بلغتَ حدًّا وضعتَه.');
  expect(await words(page.locator('#accepted'))).toBe('١١٨ وحدة');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('another language is one click, while it works too, and kept with consent', async () => {
  const { page, complaints } = await pages.visit();
  await start(page);
  await say(page, statuses.working);
  await page.getByRole('link', { name: 'العربية' }).click();
  await page.locator('html[lang="ar"]').waitFor();
  expect(await words(page.locator('#phase'))).toBe('يعمل');
  expect(await page.title()).toBe('يعمل · Idlewild');
  expect((await words(page.locator('#verdicts'))).split('\n')[0]).toMatch(/^تنتظر/);
  expect(new URL(page.url()).searchParams.get('lang')).toBe('ar');
  expect((await calls(page)).map(([name]) => name)).toEqual(['start']);
  expect(await stored(page)).toMatchObject({ 'idlewild/language': '"ar"' });
  await page.getByRole('link', { name: 'English' }).click();
  await page.locator('html[lang="en"]').waitFor();
  expect(await words(page.locator('#phase'))).toBe('Working');
  expect(await words(page.locator('h1'))).toBe(
    'Lend your idle machine to work that can be checked',
  );
  expect(await words(page.locator('#words'))).toBe(library.words);
  expect(complaints).toEqual([]);
  await page.context().close();
});
