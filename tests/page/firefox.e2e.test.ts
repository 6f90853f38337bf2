// A visitor in Firefox, from the first look to withdrawal, at a real coordinator: the flows of the
// page that need no driver of Playwright's. Skipped where no Firefox is installed, as in
// `npm run prove`.
import path from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest';
import { build } from '#cli/build.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { findFirefox } from '../prove/firefox.ts';
import { type Bidi, openBidi } from './bidi.ts';
import { keys } from './firefox-hands.ts';
import { type FirefoxPage, openFirefoxPage } from './firefox-page.ts';
import { holdPartner } from './hold-partner.ts';

const pageFolder = path.resolve(import.meta.dirname, '../../dist');
const firefox = await findFirefox();
const missing = firefox ? '' : ': no Firefox is installed; IDLEWILD_FIREFOX may name one';
/** Near the model’s 64 tokens: units of it last, at the lowest level, to be interrupted. */
const longText = Array.from({ length: 56 }, (_, i) => `w${i}`).join(' ');

describe.skipIf(firefox === null)(`the page in Firefox${missing}`, () => {
  let site: TestSite;
  let bidi: Bidi;
  let page: FirefoxPage;
  let origin: string;
  let batches = 0;

  beforeAll(async () => {
    await build();
    // One browser on one machine is its own partner here.
    const laboratory = { laboratory: true, tickMs: 200, now: () => Date.now() };
    site = await startTestSite({ pageFolder, ...laboratory });
    await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
    origin = site.coordinator.origin();
    bidi = await openBidi(firefox as string);
  });
  afterAll(async () => {
    await bidi?.close();
    await site?.close();
  });
  beforeEach(async () => {
    page = await openFirefoxPage(bidi);
  });
  afterEach(() => page?.close());

  const addWork = (texts: string[]) => {
    const batch = ++batches;
    return site.submit(texts.map((text, i) => embedLine(`${i}`, `w${batch} ${text}`)));
  };
  const start = async (search = '?backend=wasm') => {
    await page.goto(`${origin}/${search}`);
    await page.press('button', 'Start');
  };
  const words = (selector: string) => page.call(readWords, selector);
  const until = (selector: string, text: string) => page.until(says, selector, text);

  test('nothing is fetched or stored before the click; then a unit is accepted', async () => {
    await addWork(makeTexts(8));
    await page.goto(`${origin}/?backend=wasm`);
    expect(await words('#phase-title')).toBe('Idle');
    expect(await page.call(listStored)).toEqual([]);
    const asked = page.requests.map((url) => new URL(url).pathname);
    expect(asked).toContain('/');
    const shipped = await page.call(listShipped);
    expect(asked.filter((path) => path !== '/' && !shipped.includes(path))).toEqual([]);

    await page.press('button', 'Start');
    await until('#accepted', '1 unit');
    expect(page.requests.some((url) => url.endsWith('.wasm'))).toBe(true);
    expect(await page.call(listStored)).not.toEqual([]);
    expect(await words('#device')).toMatch(/^WebAssembly/);
    expect(await words('#rejected')).toBe('0 units');
    expect(page.complaints).toEqual([]);
  });

  test('levels and the slider set how hard it works', async () => {
    await page.goto(`${origin}/`);
    const duty = '#duty-words';
    expect(await words(duty)).toBe('computes 60 % of the time');
    await page.press('radio', 'Gentle 25\u00a0%');
    expect(await words(duty)).toBe('computes 25 % of the time');
    await page.call(() => document.getElementById('duty')?.focus());
    await page.type(keys.left);
    expect(await words(duty)).toBe('computes 20 % of the time');
    expect(page.complaints).toEqual([]);
  });

  test('it is paused, goes on, finishes its unit and stops, while it works', async () => {
    const texts = Array.from({ length: 3072 }, (_, i) => `w${i % 60} w${i % 59} ${longText}`);
    const batch = await addWork(texts);
    onTestFinished(holdPartner(site.partner));
    await start('?backend=wasm&duty=5');
    await until('#phase-title', 'Working');
    await page.press('button', 'Pause now');
    await until('#phase-title', 'Paused');
    expect(await words('.state')).toContain('You asked it to.');
    expect(await words('.state')).toContain('It waits until you press Resume.');
    await page.press('button', 'Resume');
    await until('#phase-title', 'Working');
    await page.press('button', 'Finish, then pause');
    await until('#phase-title', 'Paused');
    expect(await words('#done-note')).toMatch(/^\d+ rows\.$/);
    await page.press('button', 'Stop');
    await until('#phase-title', 'Stopped');
    expect(await words('.state')).toContain('Nothing is running. You can close this tab.');
    expect(page.complaints).toEqual([]);
    await site.post(`/v1/batches/${batch}/cancel`, {});
  });

  test('what Firefox cannot honour is grey, with the reason in words', async () => {
    await page.goto(`${origin}/`);
    await page.pressAt('#when > summary');
    for (const [id, reason] of [
      ['only-mains', 'This browser does not tell whether the machine is on mains power.'],
      ['only-idle', 'This browser does not tell whether you are using the machine.'],
      ['heed-pressure', 'This browser does not tell how hard the machine works.'],
    ]) {
      expect(await page.call(isGrey, id)).toBe(true);
      expect(await words(`#${id}-note`)).toBe(reason);
    }
    expect(await page.call(isGrey, 'only-visible')).toBe(false);
    await page.press('checkbox', 'while this tab is visible');
    expect(await words('#when-words')).toBe('Only while this tab is visible.');
    expect(page.complaints).toEqual([]);
  });

  test('in Arabic it reads from right to left', async () => {
    await page.goto(`${origin}/?lang=ar`);
    await until('#start', 'ابدأ');
    expect(await page.call(() => [document.dir, document.documentElement.lang])).toEqual([
      'rtl',
      'ar',
    ]);
    expect(await words('#phase-title')).toBe('ساكن');
    const [start, stop] = await page.call(() =>
      ['start', 'stop'].map((id) => document.getElementById(id)?.getBoundingClientRect().left ?? 0),
    );
    expect(start).toBeGreaterThan(stop);
    expect(page.complaints).toEqual([]);
  });

  test('consent is withdrawn by one click, here and at the coordinator', async () => {
    await start();
    await page.until(() => 'idlewild/consent' in localStorage);
    // A session is open once it has asked for work.
    await page.until(() => /Working|Waiting/.test(document.title));
    await page.press('button', 'Withdraw consent');
    await until('#withdraw-note', 'the coordinator gives this account no more work');
    await until('#phase-title', 'Stopped');
    expect(await page.call(() => Object.keys(localStorage))).toEqual([]);
    expect(await page.call(isHidden, 'withdraw')).toBe(true);
    expect(page.complaints).toEqual([]);
  });

  test('outside the hours that were chosen it pauses, and says until when', async () => {
    await page.goto(`${origin}/?backend=wasm`);
    await page.pressAt('#when > summary');
    await page.press('checkbox', 'only at these hours');
    const day = await page.call(chooseOtherDay);
    expect(await words('#when-words')).toBe('Only at your hours.');
    await page.press('button', 'Start');
    await until('#phase-title', 'Paused');
    expect(await words('.state')).toContain('Outside your hours.');
    expect(await words('.state')).toContain(`It waits until ${day}`);
    expect(page.complaints).toEqual([]);
  });

  test.each(['', '?lang=ar'])('nothing is wider than a window of 360 px (%s)', async (search) => {
    await page.resize(360, 800);
    await page.goto(`${origin}/${search}`);
    await page.pressAt('#when > summary');
    const [needed, given] = await page.call(measureWidth);
    expect(needed).toBe(given);
  });
});

/** These run in the page. */
function readWords(selector: string): string {
  // biome-ignore lint/performance/useDomNodeTextContent: only what is shown counts
  const shown = document.querySelector<HTMLElement>(selector)?.innerText ?? '';
  return shown.replaceAll('\u00a0', ' ');
}

function says(selector: string, text: string): boolean {
  // biome-ignore lint/performance/useDomNodeTextContent: only what is shown counts
  const shown = document.querySelector<HTMLElement>(selector)?.innerText ?? '';
  return shown.replaceAll('\u00a0', ' ').includes(text);
}

/** Paths of the scripts, styles and pictures that the document itself names. */
function listShipped(): string[] {
  const named = document.querySelectorAll<HTMLLinkElement | HTMLScriptElement>('link, script[src]');
  return [...named].map((one) => new URL('href' in one ? one.href : one.src).pathname);
}

async function listStored(): Promise<string[]> {
  const databases = (await indexedDB.databases()).map(({ name }) => `database ${name}`);
  const caches = (await globalThis.caches.keys()).map((name) => `cache ${name}`);
  const files: string[] = [];
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) files.push(`file ${name}`);
  return [...Object.keys(localStorage), ...databases, ...caches, ...files, document.cookie].filter(
    Boolean,
  );
}

function isGrey(id: string): boolean {
  return (document.getElementById(id) as HTMLInputElement).disabled;
}

function isHidden(id: string): boolean {
  return (document.getElementById(id) as HTMLElement).hidden === true;
}

/** What the document needs and what the window gives, beside its scroll bar. */
function measureWidth(): [needed: number, given: number] {
  const { scrollWidth, clientWidth } = document.documentElement;
  return [scrollWidth, clientWidth];
}

/** Leaves one day, neither today nor a neighbour of it, and returns its name. */
function chooseOtherDay(): string {
  const date = new Date();
  date.setDate(date.getDate() + 3);
  const day = date.toLocaleDateString('en', { weekday: 'long' });
  for (const box of document.querySelectorAll<HTMLInputElement>('#days input')) {
    if (box.ariaLabel !== day) box.click();
  }
  return day;
}
