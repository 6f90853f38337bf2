// The page for those who do not see it, do not point, see little, or want no motion: names and
// roles, contrast, reflow, target sizes, the keyboard's place, and a picture that keeps still.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, type Site, say, servePage, start, visit, words } from './serve-page.ts';
import { failed, statuses } from './statuses.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([servePage(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const allStatuses = {
  ...statuses,
  failed: failed('engine/no-backend', 'No WebGPU adapter, and no WebAssembly SIMD.'),
};

/** Contrast of every visible piece of text against what lies behind it, below `floor` only. */
const lowContrast = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(element.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
  }
  return low;
})()`;

/** Things to press that are smaller than 24 px either way. */
const smallTargets = `[...document.querySelectorAll('button, input, summary, a:not(.skip)')]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.outerHTML.slice(0, 60), element.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 24 || height < 24)
  .map(([html]) => html)`;

const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

test.each(['light', 'dark'] as const)('text stands out in every state, %s', async (colorScheme) => {
  const { page } = await visit(browser, site, { colorScheme });
  expect(await page.evaluate(lowContrast)).toEqual([]);
  await start(page);
  for (const [name, status] of Object.entries(allStatuses)) {
    await say(page, status);
    expect(await page.evaluate(lowContrast), name).toEqual([]);
  }
  await page.context().close();
});

// 320 px is what 400 % zoom leaves of a 1280 px window.
test.each([320, 360, 768, 1600])('nothing is cut off or too small at %i px', async (width) => {
  const { page } = await visit(browser, site, { viewport: { width, height: 800 } });
  expect(await page.evaluate(overflow)).toBe(0);
  await start(page);
  for (const [name, status] of Object.entries(allStatuses)) {
    await say(page, status);
    expect(await page.evaluate(overflow), name).toBe(0);
    expect(await page.evaluate(smallTargets), name).toEqual([]);
  }
  await page.context().close();
});

test('names and roles, at rest and at work', async () => {
  const { page } = await visit(browser, site);
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  const machine = page.getByRole('region', { name: 'The machine' });
  const atRest = await machine.ariaSnapshot();
  for (const line of [
    'button "Start"',
    'button "Pause" [disabled]',
    'button "Stop" [disabled]',
    'slider "Level": "60"',
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
  const { page } = await visit(browser, site);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(page.url()).toMatch(/#machine$/);
  const focused = () => page.evaluate('document.activeElement.id') as Promise<string>;
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('start');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => 'idlewildFake' in globalThis);
  expect(await focused()).toBe('phase');
  await say(page, statuses.working);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('pause');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('stop');
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('phase');
  await page.context().close();
});

test('a meaning shows on focus and goes away with Escape', async () => {
  const { page } = await visit(browser, site);
  const tip = page.getByRole('tooltip').filter({ hasText: 'One credit is' });
  await page.getByRole('button', { name: 'Clear model files' }).focus();
  await page.keyboard.press('Shift+Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Credit');
  expect(await tip.isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  expect(await tip.isVisible()).toBe(false);
  await page.context().close();
});

test('a screen reader hears a state once it lasts, and no chatter', async () => {
  const { page } = await visit(browser, site);
  await page.clock.install();
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
  expect(await said()).toBe('Waiting. No unit needs this device now.');
  await page.clock.runFor(10_000);
  expect(await said()).toBe('Waiting. No unit needs this device now.');
  await page.context().close();
});

const picture = (page: Page) =>
  page.evaluate('document.getElementById("strip").toDataURL()') as Promise<string>;
const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

test('without motion the strip stands still while rows are computed, and the field grows', async () => {
  const { page } = await visit(browser, site, { reducedMotion: 'reduce' });
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
  const { page } = await visit(browser, site);
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
