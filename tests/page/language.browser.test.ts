// The visitor's language from the first paint on: nobody who reads Arabic sees English first, and
// nobody waits for words that do not come.
import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import type { visit } from './serve-page.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

/** Opens the page with its Arabic held back, and whether it was asked for. */
async function visitHeld(options: Parameters<typeof visit>[2]) {
  const held: Route[] = [];
  const context = await pages.browser.newContext(options);
  const page = await context.newPage();
  await page.route(/\/ar-[^/]*\.js$/, (route) => void held.push(route));
  // Its load event waits for nothing that is fetched later.
  await page.goto(`${pages.site.url}${options?.search ?? ''}`);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  return { page, held };
}

const look = (page: Page) =>
  page.evaluate(() => {
    const { lang, dir } = document.documentElement;
    const title = document.getElementById('promise-title');
    const { visibility } = getComputedStyle(title as HTMLElement);
    const isArabic = /[\u0600-\u06ff]/.test(title?.textContent ?? '');
    return { lang, dir, visibility, isArabic };
  });

const blank = { lang: 'ar', dir: 'rtl', visibility: 'hidden', isArabic: false };
const arabic = { lang: 'ar', dir: 'rtl', visibility: 'visible', isArabic: true };
const english = { lang: 'en', dir: 'ltr', visibility: 'visible', isArabic: false };

test.each([{ search: '?lang=ar' }, { locale: 'ar-MA' }])(
  'English is not seen before Arabic: %o',
  async (options) => {
    const { page, held } = await visitHeld(options);
    // A slow machine may be past the two seconds after which it is shown anyway: back to their start.
    await page.evaluate(() => {
      for (const animation of document.getAnimations()) {
        animation.pause();
        animation.currentTime = 0;
      }
    });
    expect(await look(page)).toEqual(blank);
    await Promise.all(held.map((route) => route.continue()));
    await expect.poll(() => look(page)).toEqual(arabic);
    await page.context().close();
  },
);

test('words that do not come leave the page English', async () => {
  const { page, held } = await visitHeld({ search: '?lang=ar' });
  await Promise.all(held.map((route) => route.abort()));
  await expect.poll(() => look(page)).toEqual(english);
  await page.context().close();
});

test('a page whose own script does not come is shown after a while', async () => {
  const page = await (await pages.browser.newContext({ locale: 'ar' })).newPage();
  await page.route(/\.js$/, (route) =>
    route.request().url().endsWith('/first-language.js') ? route.continue() : route.abort(),
  );
  await page.goto(pages.site.url);
  await expect.poll(() => look(page)).toEqual({ ...blank, visibility: 'visible' });
  await page.context().close();
});
