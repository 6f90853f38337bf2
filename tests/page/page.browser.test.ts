// The page as a visitor meets it: nothing before the click, every state in words, each button by
// phase, and a stranger's text as text. The contributor behind it is scripted (fake-connect.ts).
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type ContributorStatus, defaultSettings } from '#worker/status.ts';
import { button } from './prepare-page.ts';
import { called, calls, coordinatorBlock, insecureHost, say, start, words } from './serve-page.ts';
import { failed, statuses, verdict } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const allButStart = ['Pause now', 'Finish, then pause', 'Stop'];
const phase = (page: Page) => words(page.locator('#phase'));

async function enabled(page: Page): Promise<string[]> {
  const names: string[] = [];
  for (const name of ['Start', 'Pause now', 'Resume', 'Finish, then pause', 'Stop']) {
    const found = button(page, name);
    if ((await found.count()) > 0 && (await found.isEnabled())) names.push(name);
  }
  return names;
}

/** What the page's HTML names, and what those scripts are made of: nothing that is only fetched later. */
async function namedAtOnce(): Promise<string[]> {
  const { folder } = pages.site;
  const read = (file: string) => readFile(path.join(folder, file), 'utf8');
  const links = (await read('index.html')).matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g);
  const known = new Set([...links].map(([, name]) => name));
  // It grows while it is gone through.
  for (const name of known) {
    if (!name.endsWith('.js')) continue;
    const parts = (await read(name)).matchAll(/(?:from|import)\s*["'`]\.(\/[^"'`]+)["'`]/g);
    for (const [, part] of parts) known.add(`/assets${part}`);
  }
  return [...known];
}

test('before Start nothing is fetched, stored or started', async () => {
  const { page, complaints } = await pages.visit();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.reload({ waitUntil: 'networkidle' });
  const ours = asked.map((url) => new URL(url).pathname);
  expect(asked.every((url) => url.startsWith(pages.site.url))).toBe(true);
  const known = ['/', '/favicon.svg', '/first-language.js', ...(await namedAtOnce())];
  const rest = ours.filter((path) => !known.includes(path));
  expect(rest).toEqual([]);
  expect(page.workers()).toEqual([]);
  const stored = await page.evaluate(`(async () => [
    localStorage.length, sessionStorage.length, document.cookie,
    (await indexedDB.databases()).length, (await caches.keys()).length,
    (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).length,
  ])()`);
  expect(stored).toEqual([0, 0, '', 0, 0, 0]);
  expect(await phase(page)).toBe('Idle');
  expect(await enabled(page)).toEqual(['Start']);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the promise is the coordinator’s, and sensible without it', async () => {
  const block = { ...coordinatorBlock, laboratory: true };
  const told = await pages.visit({ block });
  const promise = await words(told.page.getByRole('region', { name: /^Lend your idle/ }));
  for (const said of [block.words, block.project, block.models[0].name, block.arithmetic]) {
    expect(promise).toContain(said);
  }
  expect(promise).toContain('Laboratory.');
  await told.page.context().close();

  const bare = await pages.visit({ block: null });
  const fallback = await words(bare.page.getByRole('region', { name: /^Lend your idle/ }));
  expect(fallback).toContain('searched by meaning');
  expect(fallback).not.toContain('Laboratory.');
  expect(bare.complaints).toEqual([]);
  await bare.page.context().close();
});

test('every state has its words and its buttons', async () => {
  const expected: Record<keyof typeof statuses, [title: string, words: RegExp, can: string[]]> = {
    connecting: ['Connecting', /session with the coordinator/, ['Stop']],
    testing: ['Testing this device', /answer is known/, ['Stop']],
    loading: ['Loading the model', /9\.4 MB of 23\.1 MB, about 12 s left/, [...allButStart]],
    working: ['Working', /for The open library, with all-MiniLM-L6-v2/, [...allButStart]],
    waiting: [
      'Waiting',
      /No unit waits for a contributor now.*again in about (40|[123]\d) s/s,
      ['Pause now', 'Stop'],
    ],
    paused: ['Paused', /You asked it to.*until you press Resume/s, ['Resume', 'Stop']],
    held: [
      'Paused',
      /For three reasons: on battery; outside your hours; a limit of yours is reached\./,
      ['Pause now', 'Stop'],
    ],
    finishing: ['Finishing', /and then pauses/, ['Pause now', 'Stop']],
    stopping: ['Stopping', /go back/, []],
    stopped: ['Stopped', /2 finished results stay in this browser/, ['Start']],
    finished: ['Stopped', /You can close this tab/, ['Start']],
  };
  const { page, complaints } = await pages.visit();
  await start(page);
  for (const [name, [title, said, can]] of Object.entries(expected)) {
    await say(page, statuses[name as keyof typeof statuses]);
    expect(await phase(page), name).toBe(title);
    expect(await words(page.locator('#machine')), name).toMatch(said);
    expect(await enabled(page), name).toEqual(can);
    expect(await page.title()).toBe(`${title} · Idlewild`);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('each failure says what happened, what it means and what to do', async () => {
  const { page, complaints } = await pages.visit();
  await start(page);
  const failures: [code: string, title: string, act: RegExp][] = [
    ['engine/no-backend', 'This device cannot take part', /Try a current/],
    ['coordinator/unreachable', 'The coordinator cannot be reached', /Check the connection/],
    ['coordinator/http-502', 'The coordinator gave no proper answer', /Wait a little/],
    ['wire/version', 'This page is out of date', /Reload this page/],
    ['cache/storage-full', 'There is no room to store the model', /Free some disk space/],
    ['cache/storage-failed', 'This browser stores nothing here', /private window/],
    ['account/suspended', 'This account is suspended', /Ask the operator/],
    ['wallet/refused', 'Your wallet did not sign', /without a wallet/],
    ['wallet/wrong-chain', 'The wallet is on another chain', /Choose that chain/],
    ['session/wallet-signature', 'The signature is another account’s', /Choose one account/],
    ['wallet/unsupported-signature', 'The wallet could not be used', /Unlock the wallet/],
    ['shard/digest-mismatch', 'The model could not be loaded', /Press Start/],
    ['internal/assertion', 'Something went wrong', /Reload this page/],
  ];
  for (const [code, title, act] of failures) {
    await say(page, failed(code, `This is what happened: ${code}.`, ['And where.']));
    expect(await phase(page)).toBe(title);
    const said = await words(page.locator('#machine'));
    expect(said).toContain(`This is what happened: ${code}. And where.`);
    expect(said).toContain(`Code: ${code}`);
    expect(said).toMatch(act);
    expect(await enabled(page)).toEqual(['Start']);
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('an insecure address and an old page are told apart, and cannot start', async () => {
  const insecure = await pages.visit({ host: insecureHost, block: null });
  expect(insecure.complaints).toEqual([]);
  expect(await phase(insecure.page)).toBe('This page is not open securely');
  expect(await enabled(insecure.page)).toEqual([]);
  await insecure.page.context().close();

  const old = await pages.visit({ block: { ...coordinatorBlock, wire: 3 } });
  expect(await phase(old.page)).toBe('This page is out of date');
  expect(await enabled(old.page)).toEqual([]);
  await old.page.context().close();
});

test('buttons, level and address reach the contributor', async () => {
  const { page, complaints } = await pages.visit({
    search: '?backend=wasm&units=24&duty=35',
  });
  expect(await words(page.locator('#units-note'))).toBe('It stops by itself after 24 units.');
  await start(page);
  await say(page, statuses.working);
  await button(page, 'Pause now').click();
  await say(page, statuses.paused);
  await button(page, 'Resume').click();
  await say(page, statuses.working);
  await page.getByRole('slider', { name: 'Exact level' }).fill('80');
  expect(await words(page.locator('#duty-words'))).toBe('computes 80 % of the time');
  await button(page, 'Stop').click();
  expect(await phase(page)).toBe('Stopping');
  await say(page, statuses.working);
  expect(await phase(page)).toBe('Stopping');
  await say(page, statuses.stopped);
  await button(page, 'Clear model files').click();
  await page.getByText('Cleared.').waitFor();
  await button(page, 'Start').click();
  await called(page, 7);
  const settings = { ...defaultSettings, dutyPercent: 35 };
  const consentAgeMs = expect.any(Number);
  const options = { backend: 'wasm', unitsMax: 24, settings, consentAgeMs };
  const harder = { ...settings, dutyPercent: 80 };
  expect(await calls(page)).toEqual([
    ['start', options, null],
    ['pause'],
    ['resume'],
    ['setSettings', harder],
    ['stop'],
    ['clearCache'],
    ['start', { ...options, settings: harder }, null],
  ]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a stranger’s text stays text', async () => {
  const attack = '<img src=x onerror="globalThis.owned = true"></script><b>bold</b>';
  const projects = ['one', 'two'].map((id) => ({ id, name: attack, words: attack }));
  const block = { ...coordinatorBlock, words: attack, project: attack, name: attack, projects };
  const { page, complaints } = await pages.visit({ block });
  await start(page);
  await say(page, {
    ...statuses.working,
    project: attack,
    model: attack,
    message: attack,
    device: { backend: 'wasm', adapter: attack, why: attack, whyCode: 'chosen' },
    verdicts: [verdict(1, { message: attack, code: attack, unit: attack, receipt: attack })],
  });
  await say(page, { ...statuses.waiting, message: attack, project: attack });
  expect(await words(page.locator('#words'))).toBe(attack);
  expect(await page.locator('img, b').count()).toBe(0);
  expect(await page.evaluate('globalThis.owned')).toBeUndefined();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the record keeps its lines, newest first, and shows older ones when asked', async () => {
  const { page } = await pages.visit();
  await start(page);
  await say(page, statuses.finished);
  const list = page.getByRole('list', { name: 'What became of your units' });
  expect(await list.getByRole('listitem').count()).toBe(10);
  await button(page, 'Show all 16').click();
  expect(await list.getByRole('listitem').count()).toBe(16);
  expect(await words(list.getByRole('listitem').nth(1))).toContain('Refused: computed again');
  const line = list.getByRole('listitem').nth(2);
  await line.locator('summary').click();
  await say(page, { ...statuses.finished, verdicts: [verdict(99), ...statuses.finished.verdicts] });
  expect(await list.getByRole('listitem').nth(3).locator('dl').isVisible()).toBe(true);
  expect(await words(page.locator('#credit'))).toBe('220,206');
  expect(await words(page.locator('#credit-pending'))).toBe('10,486');
  expect(await words(page.locator('#credit-held'))).toBe('20,972');
  await page.context().close();
});

test('every status is an event of the document', async () => {
  const before = `globalThis.heard = [];
    addEventListener('idlewild-status', ({ detail }) => heard.push(detail), true);`;
  const { page } = await pages.visit({ before });
  await start(page);
  await say(page, statuses.working);
  const heard = (await page.evaluate('heard')) as ContributorStatus[];
  expect(heard.map((status) => status.phase)).toEqual(['idle', 'connecting', 'working']);
  expect(heard[2]).toEqual(statuses.working);
  await page.context().close();
});
