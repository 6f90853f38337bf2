// The widget in Firefox, on a host site of another origin under a strict policy, its frame from a real
// coordinator: the visitor's own click, what the host is told and may do, and the way out. Skipped
// where no Firefox is installed, as in `npm run prove`.
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { build } from '#cli/build.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { type Bidi, openBidi } from '../page/bidi.ts';
import { holdPartner } from '../page/hold-partner.ts';
import { findFirefox } from '../prove/firefox.ts';
import { type FirefoxHost, openFirefoxHost } from './firefox-host.ts';
import { type HostSite, serveHost } from './host-site.ts';

const pageFolder = path.resolve(import.meta.dirname, '../../dist');
const firefox = await findFirefox();
const missing = firefox ? '' : ': no Firefox is installed; IDLEWILD_FIREFOX may name one';
/** Near the model’s 64 tokens: units of it last, at the lowest level, to be interrupted. */
const longText = Array.from({ length: 56 }, (_, i) => `w${i}`).join(' ');

describe.skipIf(firefox === null)(`the widget in Firefox${missing}`, () => {
  let site: TestSite;
  let host: HostSite;
  let bidi: Bidi;
  let project: { project: string; apiKey: string };
  let open: FirefoxHost | null = null;

  beforeAll(async () => {
    await build();
    // One browser on one machine is its own partner here.
    const laboratory = { laboratory: true, tickMs: 200, now: () => Date.now() };
    site = await startTestSite({ pageFolder, ...laboratory });
    await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
    host = await serveHost('127.0.0.1');
    bidi = await openBidi(firefox as string);
    project = await site.coordinator.addProject({
      name: 'The open library',
      words: 'We index the letters of a public library.',
      origins: ['http://127.0.0.1:*'],
    });
  });
  afterAll(async () => {
    await bidi?.close();
    await host?.close();
    await site?.close();
  });
  afterEach(async () => {
    await open?.close();
    open = null;
  });

  const visit = async (attributes = '') => {
    const coordinator = site.coordinator.origin();
    open = await openFirefoxHost(
      bidi,
      { coordinator, host },
      {
        attributes: `project="${project.project}" ${attributes}`,
        headers: {
          'content-security-policy':
            `default-src 'none'; script-src ${coordinator}; frame-src ${coordinator}; ` +
            // Firefox asks for an icon by itself.
            "img-src 'self'; base-uri 'none'; form-action 'none'",
          'cross-origin-embedder-policy': 'require-corp',
          'cross-origin-opener-policy': 'same-origin',
        },
      },
    );
    return open;
  };
  const submit = (texts: string[]) =>
    site.submit(
      texts.map((text, i) => embedLine(`${i}`, text)),
      project.apiKey,
    );
  /** Two real clicks: Start opens the consent text, and Agree is pressed once it is seen. */
  const agree = async ({ frame, seen }: FirefoxHost) => {
    await frame.press('button', 'Start');
    // The press is over before the frame's process has heard of it.
    await frame.until(() => document.querySelector('dialog')?.open === true);
    await seen();
    await frame.press('button', 'Agree and start');
  };

  test('nothing comes of the host’s start(); of the visitor’s clicks comes an accepted unit', async () => {
    await submit(makeTexts(8));
    const widget = await visit('intensity="full"');
    const { page, heard, method, seen } = widget;
    expect(await heard('ready')).toMatchObject({ name: 'The open library', consent: false });
    await seen();
    await method('start');
    expect(await heard('error')).toMatchObject({ code: 'consent/needed' });
    const paths = () => page.requests.map((url) => new URL(url).pathname);
    expect(paths().filter((one) => one.startsWith('/v1/') || one.endsWith('.wasm'))).toEqual([]);
    expect(await widget.frame.call(() => Object.keys(localStorage))).toEqual([]);

    await agree(widget);
    expect(await heard('consentchange')).toMatchObject({ given: true, why: 'clicked' });
    expect(await heard('statuschange', { phase: 'connecting' })).toMatchObject({ running: true });
    expect(await heard('progress', { accepted: 1 })).toMatchObject({ units: 1, rows: 8 });
    expect((await heard('credit')).credit).toBeGreaterThan(0);

    // Stop is the way out of the consent, and the coordinator is told so.
    await widget.frame.press('button', 'Stop');
    await heard('statuschange', { phase: 'stopped' });
    expect(await heard('consentchange', { given: false })).toMatchObject({ why: 'stopped' });
    await widget.frame.until(() =>
      (document.getElementById('line')?.textContent ?? '').includes('here and at the coordinator'),
    );
    expect(paths()).toContain('/v1/account/withdraw');
    expect(page.complaints).toEqual([]);
  });

  test('the host may pause, go on and finish; the visitor’s own Pause is theirs', async () => {
    const texts = Array.from({ length: 1536 }, (_, i) => `w${i % 60} w${i % 59} ${longText}`);
    const batch = await submit(texts);
    onTestFinished(holdPartner(site.partner));
    const widget = await visit('intensity="5"');
    const { frame, heard, method, page, count } = widget;
    await agree(widget);
    await heard('statuschange', { phase: 'working' });
    await method('pause');
    expect(await heard('statuschange', { phase: 'paused' })).toMatchObject({ pauses: ['user'] });
    await method('start');
    await frame.until(() => document.getElementById('pause')?.textContent === 'Pause');

    await frame.press('button', 'Pause');
    await frame.until(() => document.getElementById('pause')?.textContent === 'Resume');
    const told = await count();
    await method('start');
    await method('pause');
    await frame.press('button', 'Resume');
    await frame.until(() => document.getElementById('pause')?.textContent === 'Pause');
    // The host moved nothing: there was a Resume to be pressed, and it goes on from there.
    await page.until(hasGoneOn, told);

    await method('finish');
    await frame.until(() => document.getElementById('pause')?.textContent === 'Resume');
    expect(await heard('statuschange', { phase: 'paused' })).toMatchObject({ running: true });
    await frame.press('button', 'Stop');
    await heard('statuschange', { phase: 'stopped' });
    expect(page.complaints).toEqual([]);
    await site.post(`/v1/batches/${batch}/cancel`, {}, { key: project.apiKey });
  });

  test('what the frame keeps is deleted from its own sheet, with a warning before', async () => {
    await submit(makeTexts(8).map((text) => `w9 ${text}`));
    const widget = await visit('intensity="full"');
    const { frame, heard, seen, page } = widget;
    await agree(widget);
    await heard('progress', { accepted: 1 });
    expect(await frame.call(listKept)).not.toEqual([]);
    await frame.press('button', 'About');
    await frame.until(() => document.querySelector('dialog')?.open === true);
    await seen();
    await frame.press('button', 'Delete what is kept');
    await frame.until(() =>
      (document.getElementById('sheet-note')?.textContent ?? '').includes('nobody can claim its'),
    );
    await frame.press('button', 'Delete for good');
    await frame.until(() =>
      (document.getElementById('sheet-note')?.textContent ?? '').startsWith('Deleted, here and at'),
    );
    await heard('consentchange', { given: false });
    expect(await frame.call(listKept)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });
});

/** These run in Firefox; each stands alone. */
function hasGoneOn(told: number): boolean {
  const { heard } = globalThis as unknown as { heard: [string, { phase: string }][] };
  return heard
    .slice(told)
    .some(([name, { phase }]) => name === 'statuschange' && phase !== 'paused');
}

/** Model files, key, session and consent: all that outlives the frame. */
async function listKept(): Promise<string[]> {
  const databases = (await indexedDB.databases()).map(({ name }) => `database ${name}`);
  const files: string[] = [];
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) files.push(`file ${name}`);
  return [...Object.keys(localStorage), ...databases, ...files];
}
