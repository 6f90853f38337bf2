// The frame for everyone: axe finds nothing in any state, in both themes, both directions and the
// compact frame; the keyboard alone gets through consent and back.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failed, statuses } from '../page/statuses.ts';
import { button, judged } from './frame-hands.ts';
import { heard, openProfile, type Profile, visitHost } from './host-site.ts';
import { called, type FrameSite, say, serveFrame } from './serve-frame.ts';

let site: FrameSite;
let profile: Profile;
let axe: string;

beforeAll(async () => {
  site = await serveFrame();
  profile = await openProfile();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

afterAll(async () => {
  await profile?.close();
  await site?.close();
});

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function faults(page: Page): Promise<string[]> {
  const inner = page.frames().find((frame) => new URL(frame.url()).pathname === '/embed');
  const script = `(async () => {
    ${axe};
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ${JSON.stringify(tags)},
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html));
  })()`;
  return (await inner?.evaluate(script)) as string[];
}

const variants: [name: string, attributes: string, dark: boolean][] = [
  ['light', '', false],
  ['dark', '', true],
  ['Arabic and compact', 'lang="ar" mode="compact"', false],
];

test.each(variants)('axe finds nothing in the frame: %s', async (_, attributes, dark) => {
  const { page, frame, close } = await visitHost(profile.context, site, { attributes, dark });
  await heard(page, 'ready');
  await judged(frame, '');
  expect(await faults(page)).toEqual([]);
  await frame.locator('#start').click();
  await judged(frame, '');
  expect(await faults(page)).toEqual([]);
  await frame.locator('#agree').click();
  await called(page, 'start', 1);
  const failure = failed('network/unreachable', 'The coordinator does not answer.');
  for (const status of [statuses.working, statuses.waiting, statuses.paused, failure]) {
    await say(frame, status);
    await heard(page, 'statuschange', { phase: status.phase });
    expect(await faults(page)).toEqual([]);
  }
  await close();
});

test('the keyboard alone gets through consent, and Escape out of it', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await judged(frame, '');
  const focused = () => frame.locator(':focus').getAttribute('id');
  const walk: (string | null)[] = [];
  for (let step = 0; step < 3; step++) {
    await page.keyboard.press('Tab');
    walk.push(await focused());
  }
  expect(walk).toEqual(['home', 'about', 'start']);
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('sheet-title');
  await page.keyboard.press('Escape');
  expect(await focused()).toBe('about');
  await button(frame, 'Start').focus();
  await page.keyboard.press('Enter');
  await judged(frame, '');
  while ((await focused()) !== 'agree') await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await called(page, 'start', 1);
  await close();
});
