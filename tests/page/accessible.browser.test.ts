// The page for those who do not see it, do not point, see little, or want no motion: names and
// roles, contrast, reflow, target sizes, the keyboard's place, and a picture that keeps still.
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { cutOff, lowContrast, overflow, smallTargets } from './measures.ts';
import { inEveryState, stopTime } from './prepare-page.ts';
import { coordinatorBlock, say, start, words } from './serve-page.ts';
import { statuses, verdict } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const projects = [
  ...coordinatorBlock.projects,
  { ...coordinatorBlock.projects[0], id: 'hikma', name: 'مكتبة الحكمة', words: 'فهرسة كتب قديمة.' },
];
const block = { ...coordinatorBlock, projects, laboratory: true };

/** The page with everything open that can be opened, in one of its languages. */
async function visitOpen(language: string, context: BrowserContextOptions): Promise<Page> {
  const { page } = await pages.visit({ block, search: `?lang=${language}`, ...context });
  await page.locator(`html[lang="${language}"]`).waitFor();
  await page.locator('#when > summary').click();
  await page.locator('#hours').check();
  return page;
}

test.each([
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'ar'],
  ['dark', 'ar'],
] as const)('text stands out in every state, %s, %s', async (colorScheme, language) => {
  const page = await visitOpen(language, { colorScheme });
  await inEveryState(page, async (name) => {
    expect(await page.evaluate(lowContrast), name).toEqual([]);
  });
});

// 320 px is what 400 % zoom leaves of a 1280 px window.
test.each([
  [320, 'en'],
  [320, 'ar'],
  [360, 'en'],
  [768, 'ar'],
  [1600, 'en'],
] as const)('nothing is cut off or too small at %i px, %s', async (width, language) => {
  const page = await visitOpen(language, { viewport: { width, height: 800 } });
  await inEveryState(page, async (name) => {
    expect(await page.evaluate(overflow), name).toBe(0);
    expect(await page.evaluate(cutOff), name).toEqual([]);
    expect(await page.evaluate(smallTargets), name).toEqual([]);
  });
});

test('in forced colors what is chosen still shows', async () => {
  const page = await visitOpen('en', { forcedColors: 'active' });
  const outlineOf = (label: string) =>
    page.locator(label).evaluate((element) => getComputedStyle(element).outlineStyle);
  expect(await outlineOf('.steps label:has(:checked)')).toBe('solid');
  expect(await outlineOf('.steps label:has([value="25"])')).toBe('none');
  expect(await outlineOf('.days label:nth-child(2)')).toBe('solid');
  await page.context().close();
});

test('names and roles, at rest and at work', async () => {
  const { page } = await pages.visit();
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  const machine = page.getByRole('region', { name: 'The machine' });
  const atRest = await machine.ariaSnapshot();
  for (const line of [
    'button "Start"',
    'button "Pause now" [disabled]',
    'button "Finish, then pause" [disabled]',
    'button "Stop" [disabled]',
    'slider "Exact level": "60"',
    'radio "Steady 60 %" [checked]',
    'img "Nothing moves',
  ]) {
    expect(atRest).toContain(line);
  }
  await start(page);
  await say(page, { ...statuses.loading, unit: statuses.working.unit });
  const atWork = await machine.ariaSnapshot();
  expect(atWork).toMatch(/img "Unit \w+…\w+: rows 9–16 of 32 at layer 4 of 6, 54 % of its/);
  expect(await page.getByRole('progressbar', { name: 'Model files' }).count()).toBe(1);
  expect(await page.getByRole('progressbar', { name: 'Batch for The open library' }).count()).toBe(
    1,
  );
  const described = await page.locator('#start').getAttribute('aria-describedby');
  expect(await words(page.locator(`#${described}`))).toMatch(/^$|By pressing Start/);
  await page.context().close();
});

test('the keyboard does it all and keeps its place', async () => {
  const { page } = await pages.visit();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toMatch(/#machine$/);
  const focused = () => page.evaluate('document.activeElement.id') as Promise<string>;
  await page.keyboard.press('Tab');
  await expect.poll(() => page.evaluate('document.activeElement.hash')).toBe('#consent-box');
  await page.keyboard.press('Tab');
  await expect.poll(focused).toBe('start');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => 'idlewildFake' in globalThis);
  await expect.poll(focused).toBe('phase');
  await say(page, statuses.working);
  await page.keyboard.press('Tab');
  await expect.poll(focused).toBe('pause');
  await page.keyboard.press('Tab');
  await expect.poll(focused).toBe('finish');
  await page.keyboard.press('Tab');
  await expect.poll(focused).toBe('stop');
  await page.keyboard.press('Enter');
  await expect.poll(focused).toBe('phase');
  await page.context().close();
});

test('a meaning shows on focus and goes away with Escape', async () => {
  const { page } = await pages.visit();
  const tip = page.getByRole('tooltip').filter({ hasText: 'One credit is' });
  await page.getByRole('button', { name: 'Ask the coordinator' }).focus();
  await page.keyboard.press('Shift+Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Earned');
  await tip.waitFor();
  await page.keyboard.press('Escape');
  await tip.waitFor({ state: 'hidden' });
  await page.context().close();
});

/** The page with a clock of the test's own: nothing of it passes while nobody turns it. */
async function visitTimeless(): Promise<Page> {
  const { page } = await pages.visit();
  await page.clock.install();
  await page.reload();
  await stopTime(page);
  return page;
}

test('a screen reader hears a state once it lasts, and no chatter', async () => {
  const page = await visitTimeless();
  const said = () => page.locator('#announcer').textContent();
  await start(page);
  for (let unit = 0; unit < 20; unit++) {
    await say(page, statuses.loading);
    await page.clock.runFor(100);
    await say(page, statuses.working);
    await page.clock.runFor(100);
  }
  expect(await said()).toBe('');
  await page.clock.runFor(1500);
  expect(await said()).toBe('Working');
  await say(page, statuses.waiting);
  await page.clock.runFor(1500);
  expect(await said()).toBe('Waiting. No unit waits for a contributor now.');
  await page.clock.runFor(10_000);
  expect(await said()).toBe('Waiting. No unit waits for a contributor now.');
  await page.context().close();
});

const countAnnouncements = `globalThis.announced = [];
  new MutationObserver((records) => {
    const live = new Set(records.map(({ target }) =>
      (target.nodeType === 1 ? target : target.parentElement)?.closest('[aria-live], [role=status]')));
    for (const region of live) if (region?.textContent.trim()) announced.push(region.textContent);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });`;

test('of a burst of verdicts, and of a chart, a screen reader hears nothing by itself', async () => {
  const page = await visitTimeless();
  await start(page);
  await say(page, statuses.working);
  await page.clock.runFor(2000);
  await page.evaluate(countAnnouncements);
  for (let unit = 0; unit < 30; unit++) {
    const verdicts = [verdict(100 + unit), ...statuses.working.verdicts];
    const totals = { ...statuses.working.totals, accepted: 118 + unit };
    await say(page, { ...statuses.working, verdicts, totals, rows: 768 + unit * 600 });
    await page.clock.runFor(5000);
  }
  expect(await page.evaluate('announced')).toEqual([]);
  await say(page, statuses.waiting);
  await page.clock.runFor(5000);
  expect(await page.evaluate('announced')).toEqual([
    'Waiting. No unit waits for a contributor now.',
  ]);
  await page.context().close();
});

const picture = (page: Page) =>
  page.evaluate('document.getElementById("strip").toDataURL()') as Promise<string>;
const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

test('without motion the strip stands still while rows are computed, and the field grows', async () => {
  const { page } = await pages.visit({ reducedMotion: 'reduce' });
  await start(page);
  await say(page, statuses.working);
  await page.evaluate(twoFrames);
  const before = await picture(page);
  await say(page, { ...statuses.working, unit: { ...statuses.working.unit, layer: 5, done: 0.9 } });
  await page.evaluate(twoFrames);
  expect(await picture(page)).toBe(before);
  const totals = { ...statuses.working.totals, accepted: 119, pending: 2 };
  await say(page, { ...statuses.working, totals });
  await page.evaluate(twoFrames);
  expect(await picture(page)).not.toBe(before);
  await page.context().close();
});

test('the strip moves with the work and rests with it', async () => {
  const { page } = await pages.visit();
  await page.clock.install();
  await start(page);
  await say(page, statuses.working);
  await page.clock.runFor(300);
  const before = await picture(page);
  await page.clock.runFor(5000);
  expect(await picture(page)).toBe(before);
  await say(page, { ...statuses.working, unit: { ...statuses.working.unit, layer: 4, done: 0.7 } });
  await page.clock.runFor(300);
  expect(await picture(page)).not.toBe(before);
  await page.context().close();
});
