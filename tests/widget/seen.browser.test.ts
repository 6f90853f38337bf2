// A click in the frame counts where the visitor saw what it agrees to: not covered, see-through,
// out of view, too small, too soon, or made by a script.
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agree, button, clickAt, judged } from './frame-hands.ts';
import { type HostPage, heard, openProfile, type Profile, visitHost } from './host-site.ts';
import { asked, type FrameSite, serveFrame } from './serve-frame.ts';

let site: FrameSite;
let profile: Profile;

beforeAll(async () => {
  site = await serveFrame();
  profile = await openProfile();
});

afterAll(async () => {
  await profile?.close();
  await site?.close();
});

const callsOf = async (frame: FrameLocator) => (await asked(frame)).map(([name]) => name);

test('a script’s click in the frame does not count', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await judged(frame, '');
  await frame.locator('#agree').evaluate((element) => (element as HTMLElement).click());
  expect(await heard(page, 'error')).toMatchObject({ code: 'click/untrusted' });
  expect(await asked(frame)).toEqual([]);
  await close();
});

const cover = `<div style="position:fixed;inset:0;background:#fff;pointer-events:none"></div>`;
const unseen: [name: string, how: HostPage, code: string, words: RegExp][] = [
  ['covered', { after: cover }, 'click/covered', /something covers this frame/],
  [
    'transparent',
    { before: '<style>idlewild-contributor{opacity:.02}</style>' },
    'click/covered',
    /see-through/,
  ],
  [
    'shrunk',
    { before: '<style>idlewild-contributor{scale:.3}</style>' },
    'click/covered',
    /something covers/,
  ],
  [
    'half out of view',
    {
      before: '<style>body{margin:0}idlewild-contributor{position:fixed;bottom:-70px}</style>',
    },
    'click/partly',
    /out of view/,
  ],
  ['too small', { attributes: 'size="180x180"' }, 'click/small', /too small/],
];

test.each(unseen)('a click in a frame that is %s does not count', async (_, how, code, words) => {
  const { page, frame, close } = await visitHost(profile.context, site, how);
  await heard(page, 'ready');
  // The frame cannot be led to the sheet by a seen click first, so the sheet is opened by keys.
  await frame.locator('#start').evaluate((element) => (element as HTMLElement).focus());
  await page.keyboard.press('Enter');
  await frame.locator('dialog[open]').waitFor({ state: 'attached' });
  await frame.locator('#agree').evaluate((element) => (element as HTMLElement).focus());
  await judged(frame, code.split('/')[1]);
  await page.keyboard.press('Enter');
  expect(await heard(page, 'error', { code })).toMatchObject({
    message: expect.stringMatching(words),
  });
  expect(await frame.locator('#sheet-note').textContent()).toMatch(words);
  expect(await callsOf(frame)).not.toContain('start');
  await close();
});

test('a cover that lets the pointer through gets no click for the frame', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await button(frame, 'Start').click();
  await judged(frame, '');
  await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), cover);
  await judged(frame, 'covered');
  await clickAt(page, frame, '#agree');
  await heard(page, 'error', { code: 'click/covered' });
  expect(await callsOf(frame)).not.toContain('start');
  // Uncovered, and seen for its moment, the same click counts.
  await page.evaluate(() => document.body.lastElementChild?.remove());
  await judged(frame, '');
  await clickAt(page, frame, '#agree');
  await heard(page, 'consentchange', { given: true });
  await close();
});

test('the second click of a pair agrees to nothing', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await judged(frame, '');
  // The time of the frame stands still between the two.
  await frame.locator('body').evaluate(() => {
    const now = performance.now();
    performance.now = () => now;
  });
  await button(frame, 'Start').click();
  await clickAt(page, frame, '#agree');
  await heard(page, 'error', { code: 'click/moment' });
  expect(await frame.locator('#sheet-note').textContent()).toContain('half a second');
  expect(await callsOf(frame)).not.toContain('start');
  await close();
});

test('without the second version of IntersectionObserver it judges by what it can see', async () => {
  const { page, frame, close } = await visitHost(profile.context, site, {
    before: '<style>body{margin:0}idlewild-contributor{position:fixed;bottom:-70px}</style>',
    firstVersion: true,
  });
  await heard(page, 'ready');
  await judged(frame, 'partly');
  await page.addStyleTag({ content: 'idlewild-contributor{bottom:0!important}' });
  await judged(frame, '');
  await agree(frame);
  await heard(page, 'consentchange', { given: true });
  await close();
});
