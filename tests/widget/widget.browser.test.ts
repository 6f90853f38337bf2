// The widget on a host site of another origin, under a strict policy and isolation: what it needs,
// that it starts on the visitor's own click and on nothing else, and what the host may do then.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awayMsMax, coveredMsMax } from '#page/embed-visibility.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { statuses } from '../page/statuses.ts';
import { agree, button, judged, method } from './frame-hands.ts';
import { allHeard, heard, openProfile, type Profile, visitHost } from './host-site.ts';
import { asked, called, type FrameSite, say, serveFrame, toldVisible } from './serve-frame.ts';

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

const held = { ...statuses.paused, pauses: ['user' as const] };

test('it starts on the visitor’s click, under a strict policy and isolation', async () => {
  const { integrity } = JSON.parse(
    await readFile(path.join(site.folder, 'widget/integrity.json'), 'utf8'),
  );
  const { page, frame, complaints, close } = await visitHost(profile.context, site, {
    integrity,
    headers: {
      'content-security-policy':
        `default-src 'none'; script-src ${site.coordinator}; frame-src ${site.coordinator}; ` +
        "base-uri 'none'; form-action 'none'",
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
    },
  });
  expect(await heard(page, 'ready')).toEqual({
    project: 'project_library',
    name: 'The open library',
    words: expect.stringContaining('letters of a public library'),
    consent: false,
  });
  expect(await page.evaluate('crossOriginIsolated')).toBe(true);
  expect(await asked(frame)).toEqual([]);
  expect(page.workers()).toEqual([]);

  await button(frame, 'Start').click();
  expect(await asked(frame)).toEqual([]);
  await expect(frame.getByRole('dialog').textContent()).resolves.toContain('under a pseudonym');
  await button(frame, 'Agree and start').click();
  expect(await heard(page, 'consentchange')).toEqual({
    given: true,
    version: CONSENT_VERSION,
    why: 'clicked',
  });
  expect(await heard(page, 'statuschange', { phase: 'connecting' })).toMatchObject({
    running: true,
  });
  const [, options, signer] = (await asked(frame)).find(([name]) => name === 'start') ?? [];
  expect(options).toMatchObject({
    settings: { dutyPercent: 60, onlyVisible: true, project: 'project_library' },
  });
  expect(signer).toBeNull();
  expect((await allHeard(page)).every(([, , isCustom]) => isCustom)).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});

test('start() alone starts nothing: it points at the button, and takes no key', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await judged(frame, '');
  await method(page, 'start');
  expect(await heard(page, 'error')).toMatchObject({ code: 'consent/needed' });
  expect(await frame.locator('#line').textContent()).toContain('asks to start');
  // Keys that were meant for the host page reach no button.
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  expect(await frame.getByRole('dialog').count()).toBe(0);
  expect(await asked(frame)).toEqual([]);
  await close();
});

test('what the host may do after consent, and what stays the visitor’s', async () => {
  const { page, frame, close } = await visitHost(profile.context, site, {
    attributes: 'intensity="gentle"',
  });
  await heard(page, 'ready');
  await agree(frame);
  await called(page, 'start', 1);
  await say(frame, statuses.working);
  await heard(page, 'statuschange', { phase: 'working' });
  expect(await heard(page, 'progress', { units: 24 })).toMatchObject({ rows: 768, accepted: 118 });
  await heard(page, 'credit', { credit: 1_237_348 });
  const told = JSON.stringify(await allHeard(page));
  expect(told).not.toMatch(/0x[0-9a-f]{6}/);

  await method(page, 'pause');
  await say(frame, held);
  await heard(page, 'statuschange', { phase: 'paused' });
  await method(page, 'start');
  await called(page, 'resume', 1);
  await say(frame, statuses.working);
  await method(page, 'finish');
  await called(page, 'finish', 1);

  // More than was agreed to is not had; less is.
  const intensity = (value: string) =>
    page.evaluate(
      (v) => document.querySelector('idlewild-contributor')?.setAttribute('intensity', v),
      value,
    );
  await intensity('full');
  await intensity('10');
  await called(page, 'setSettings', 2);
  const asks = (await asked(frame)).filter(([name]) => name === 'setSettings');
  expect(asks.map(([, settings]) => (settings as { dutyPercent: number }).dutyPercent)).toEqual([
    25, 10,
  ]);

  // The visitor's own Pause is not undone, and their Stop takes the permission back.
  await button(frame, 'Pause').click();
  await called(page, 'pause', 2);
  await say(frame, held);
  await frame.getByRole('button', { name: 'Resume' }).waitFor();
  await method(page, 'start');
  await button(frame, 'Stop').click();
  await heard(page, 'consentchange', { given: false, why: 'stopped' });
  await say(frame, statuses.stopped);
  await frame.locator('#start').waitFor();
  await method(page, 'start');
  await heard(page, 'error', { code: 'consent/needed' });
  const names = (await asked(frame)).map(([name]) => name);
  expect(names.filter((name) => name === 'resume')).toHaveLength(1);
  expect(names.filter((name) => name === 'start')).toHaveLength(1);
  await close();
});

test('a returning visitor is started by start(), on the same site and project alone', async () => {
  const { page, frame, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  await agree(frame);
  await heard(page, 'consentchange', { given: true });
  await page.reload();
  expect(await heard(page, 'ready')).toMatchObject({ consent: true });
  expect(await asked(frame)).toEqual([]);
  await judged(frame, '');
  await method(page, 'start');
  expect(await heard(page, 'consentchange')).toMatchObject({ given: true, why: 'remembered' });
  await called(page, 'start', 1);
  await close();
});

test('a frame that nobody can see for a while is told to the worker as hidden', async () => {
  const { page, frame, close } = await visitHost(profile.context, site, {
    frameScript: `const wait = setTimeout;
      globalThis.setTimeout = (call, ms, ...rest) =>
        wait(call, ms === ${coveredMsMax} || ms === ${awayMsMax} ? 1 : ms, ...rest);`,
  });
  await heard(page, 'ready');
  await agree(frame);
  await called(page, 'start', 1);
  await toldVisible(page, true);
  for (const hidden of ['opacity:0', 'visibility:hidden', 'display:none']) {
    const style = await page.addStyleTag({ content: `idlewild-contributor{${hidden}!important}` });
    await toldVisible(page, false);
    await style.evaluate((element) => (element as HTMLElement).remove());
    await toldVisible(page, true);
  }
  await close();
});
