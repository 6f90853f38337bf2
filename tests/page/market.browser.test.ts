// The market page before answers of every kind: a busy market, an empty one, one that is wrong, one that
// stops answering; in both themes, both languages and every width.
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { arabicMarket } from '#words/ar-market.ts';
import { englishMarket } from '#words/en-market.ts';
import { addAxe, findingsOf } from './axe-findings.ts';
import {
  busyEpochs,
  busyMarket,
  busyPrice,
  emptyEpochs,
  emptyMarket,
  emptyPrice,
} from './market-samples.ts';
import { cutOff, lowContrast, overflow, smallTargets } from './measures.ts';
import { words } from './serve-page.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

interface Answers {
  market: unknown;
  price: unknown;
  epochs: unknown;
}

const busy: Answers = { market: busyMarket, price: busyPrice, epochs: busyEpochs };
const empty: Answers = { market: emptyMarket, price: emptyPrice, epochs: emptyEpochs };

async function visitMarket(answers: Answers, options: BrowserContextOptions = {}, lang = 'en') {
  const page = await (await pages.browser.newContext(options)).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  const now = { ...answers };
  for (const name of ['market', 'price', 'epochs'] as const) {
    await page.route(`**/v1/${name}`, (route) => {
      const json = now[name];
      return json === undefined ? route.abort() : route.fulfill({ json });
    });
  }
  await page.goto(`${pages.site.url}market.html?lang=${lang}`);
  await page.locator(`html[lang="${lang}"]`).waitFor();
  await page.waitForFunction(
    (asking) => !asking.includes(document.getElementById('as-of')?.textContent ?? ''),
    ['', englishMarket['market.asking'], arabicMarket['market.asking']],
  );
  return { page, complaints, now };
}

const of = (page: Page, id: string) => words(page.locator(`#${id}`));

test('a busy market in figures, with how each is known', async () => {
  const { page, complaints } = await visitMarket(busy);
  await page.locator('#history svg').waitFor();
  expect(await of(page, 'rate')).toBe('1,312');
  expect(await of(page, 'rate-next')).toBe('It moves once an hour, next in about 23 min.');
  expect(await of(page, 'rate-token')).toBe(
    '1,000,000,000 credits are 1 USDC, paid by a contract on chain 8453.',
  );
  const hours = await of(page, 'hours');
  for (const said of ['about 402,750 credits an hour', '0.000402 USDC', 'From 52 machines']) {
    expect(hours).toContain(said);
  }
  expect(hours).toContain('Not known yet');
  expect(await page.locator('.card.own').count()).toBe(1);
  expect(await of(page, 'capacity')).toContain('Speed of 37 of them');
  expect(await of(page, 'waiting')).toContain('2,048 units of them pay less than the rate now');
  expect(await of(page, 'models')).toContain('Bounded: compared within a stated distance.');
  const epochs = page.locator('#epochs li');
  expect(await epochs.count()).toBe(4);
  expect(await words(epochs.first())).toContain('Epoch 14: posted, and can be disputed');
  expect(await epochs.first().getByRole('link').getAttribute('href')).toBe(
    `https://basescan.org/tx/0x${'1'.repeat(64)}`,
  );
  await page.getByText('The last hours in numbers').click();
  expect(await page.getByRole('table').getByRole('row').count()).toBe(25);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('an empty market says what is not there, and promises nothing', async () => {
  const { page, complaints } = await visitMarket(empty);
  expect(await of(page, 'history')).toBe(
    'No hour has been counted yet: the rate stands where it begins.',
  );
  expect((await of(page, 'hours')).match(/Not known yet/g)).toHaveLength(2);
  expect(await of(page, 'capacity')).toMatch(/^Nobody is there now/);
  expect(await of(page, 'waiting')).toMatch(/^Nothing waits/);
  expect(await of(page, 'epochs')).toMatch(/^This coordinator has no contract/);
  expect(await page.locator('#epochs-words').isVisible()).toBe(false);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a chain without a known explorer shows its names in full', async () => {
  const epochs = { ...busyEpochs, chain_id: 31_337, token: null };
  const { page } = await visitMarket({ ...busy, epochs });
  await page.locator('#epochs li').first().waitFor();
  expect(await page.locator('#epochs a').count()).toBe(0);
  expect(await of(page, 'epochs')).toContain(`0x${'1'.repeat(64)}`);
  expect(await of(page, 'rate-token')).toBe('Credit is paid by a contract on chain 31337.');
  await page.context().close();
});

test.each([
  ['nothing', { market: undefined, price: undefined, epochs: undefined }],
  ['what is no answer', { market: 7, price: 'no', epochs: [] }],
  ['the answers of something else', { market: { data: [] }, price: {}, epochs: { contract: 3 } }],
])('before %s it stands, and says that it has no answer', async (_, answers) => {
  const { page, complaints } = await visitMarket(answers);
  expect(await of(page, 'as-of')).toBe(
    'The coordinator does not answer. This page asks again by itself.',
  );
  expect(await of(page, 'rate')).toBe('–');
  expect(await page.evaluate(overflow)).toBe(0);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('figures stay, and are called old, while nobody answers; what is open stays open', async () => {
  const { page, now, complaints } = await visitMarket(busy);
  await page.clock.install();
  await page.reload();
  await page.locator('#history summary').click();
  Object.assign(now, { market: undefined, price: { rate: 'much' }, epochs: undefined });
  await page.clock.runFor(31_000);
  await page.locator('#as-of').getByText('these figures are from before').waitFor();
  expect(await of(page, 'rate')).toBe('1,312');
  Object.assign(now, { ...busy, price: { ...busyPrice, rate: 1_313 } });
  await page.clock.runFor(31_000);
  await page.locator('#rate').getByText('1,313').waitFor();
  expect(
    await page.locator('#history details').evaluate((one) => (one as HTMLDetailsElement).open),
  ).toBe(true);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('it is found from the page, in the language of the visitor, and leads back', async () => {
  const { page } = await pages.visit({ search: '?lang=ar' });
  await page.locator('html[lang="ar"]').waitFor();
  const link = page.locator('footer a[data-lang]');
  expect(await link.evaluate((one) => (one as HTMLAnchorElement).href)).toMatch(
    /\/market\?lang=ar$/,
  );
  await page.getByRole('link', { name: 'English' }).click();
  await page.locator('html[lang="en"]').waitFor();
  expect(await link.evaluate((one) => (one as HTMLAnchorElement).search)).toBe('?lang=en');
  await page.context().close();
  const market = await visitMarket(busy, {}, 'ar');
  expect(await of(market.page, 'waiting')).toContain('18,240 وحدة من 7 دفعات');
  await market.page.locator('#back').click();
  await market.page.waitForURL(`${pages.site.url}?lang=ar`);
  await market.page.context().close();
});

test.each([
  ['light', 'en', 1600],
  ['dark', 'en', 360],
  ['light', 'ar', 320],
  ['dark', 'ar', 768],
] as const)('anyone can read it: %s, %s, %i px', async (colorScheme, language, width) => {
  for (const answers of [busy, empty]) {
    const options = { colorScheme, bypassCSP: true, viewport: { width, height: 900 } };
    const { page } = await visitMarket(answers, options, language);
    await page.locator('#epochs > *').first().waitFor();
    if (answers === busy) await page.locator('#history summary').click();
    await addAxe(page);
    expect(await findingsOf(page)).toEqual([]);
    expect(await page.evaluate(lowContrast)).toEqual([]);
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await page.evaluate(cutOff)).toEqual([]);
    expect(await page.evaluate(smallTargets)).toEqual([]);
    await page.context().close();
  }
});
