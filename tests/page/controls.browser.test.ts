// Every control of the visitor's hand: levels, Finish, conditions, hours and limits reach the
// contributor; what the browser cannot honour is greyed with its reason; sleep hands work back.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { defaultSettings, type Settings } from '#worker/status.ts';
import { button } from './prepare-page.ts';
import { called, calls, conditions, say, start, told, words } from './serve-page.ts';
import { statuses } from './statuses.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const onWasm = {
  ...statuses.working,
  device: { backend: 'wasm', adapter: 'WebAssembly SIMD', why: '', whyCode: 'auto-none' },
  workersMax: 4,
  workersRunning: 3,
} as const;

/** The settings that the contributor heard last, waiting for their number-th change. */
async function settingsHeard(page: Page, number: number): Promise<Settings> {
  await called(page, number + 1);
  const heard = (await calls(page)).filter(([name]) => name === 'setSettings');
  expect(heard).toHaveLength(number);
  return heard[number - 1][1] as Settings;
}

const openSheet = (page: Page) => page.getByText('When, and how much').click();

/** A machine that tells of its battery and its user, as tests will it. */
const tellingMachine = `
  globalThis.battery = Object.assign(new EventTarget(), { charging: true });
  Object.defineProperty(Navigator.prototype, 'getBattery', {
    value: async () => battery, configurable: true });
  globalThis.idleAnswer = 'granted';
  globalThis.IdleDetector = class extends EventTarget {
    static requestPermission = async () => idleAnswer;
    userState = 'active';
    screenState = 'unlocked';
    async start() { globalThis.idleWatcher = this; }
  };
  globalThis.PressureObserver = class {};`;

/** A browser that tells nothing of the machine. */
const silentMachine = `
  delete Navigator.prototype.getBattery;
  delete globalThis.IdleDetector;
  delete globalThis.PressureObserver;`;

test('three named levels and a fine one, with the share that was measured', async () => {
  const { page, complaints } = await pages.visit();
  await start(page);
  await say(page, statuses.working);
  const slider = page.getByRole('slider', { name: 'Exact level' });
  const level = (name: RegExp) => page.getByRole('radio', { name });
  expect(await level(/^Steady 60/).isChecked()).toBe(true);
  await level(/^Gentle 25/).check();
  expect((await settingsHeard(page, 1)).dutyPercent).toBe(25);
  expect(await slider.inputValue()).toBe('25');
  await slider.fill('40');
  expect((await settingsHeard(page, 2)).dutyPercent).toBe(40);
  expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
  expect(await words(page.locator('#duty-note'))).toContain('last minute: 58 %');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('Finish, then pause can be taken back', async () => {
  const { page } = await pages.visit();
  await start(page);
  await say(page, statuses.working);
  await button(page, 'Finish, then pause').click();
  await say(page, statuses.finishing);
  await button(page, 'Do not pause').click();
  await say(page, statuses.held);
  expect(await button(page, 'Resume').count()).toBe(0);
  await button(page, 'Pause now').click();
  await called(page, 4);
  expect((await calls(page)).map(([name]) => name)).toEqual(['start', 'finish', 'resume', 'pause']);
  await page.context().close();
});

test('conditions are observed only while they are asked for, and told as they change', async () => {
  const { page, complaints } = await pages.visit({ before: tellingMachine });
  await openSheet(page);
  await page.getByLabel('on mains power').check();
  await start(page);
  await say(page, statuses.working);
  const last = async () => (await conditions(page)).at(-1);
  await told(page, 'onMains', true);
  expect(await last()).toEqual({ visible: true, onMains: true, userActive: null });
  await page.evaluate(
    `battery.charging = false; battery.dispatchEvent(new Event('chargingchange'))`,
  );
  await expect.poll(last).toMatchObject({ onMains: false });
  await page.getByLabel('while I leave the machine alone').check();
  expect(await settingsHeard(page, 1)).toEqual({
    ...defaultSettings,
    onlyMains: true,
    onlyIdle: true,
  });
  await told(page, 'userActive', true);
  await page.evaluate(
    `idleWatcher.userState = 'idle'; idleWatcher.dispatchEvent(new Event('change'))`,
  );
  await expect.poll(last).toMatchObject({ onMains: false, userActive: false });
  await page.getByLabel('on mains power').uncheck();
  await told(page, 'onMains', null);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a permission that is refused unticks its box and says so', async () => {
  const { page } = await pages.visit({ before: tellingMachine });
  await page.evaluate(`idleAnswer = 'denied'`);
  await openSheet(page);
  await page.getByLabel('while I leave the machine alone').click();
  await page.getByText('did not allow this page to know').waitFor();
  expect(await page.getByLabel('while I leave the machine alone').isChecked()).toBe(false);
  await page.context().close();
});

test('a permission that is gone since the last visit is not taken for granted', async () => {
  const kept = `localStorage.setItem('idlewild/settings', '{"onlyIdle":true}');`;
  const { page } = await pages.visit({ before: tellingMachine + kept });
  await openSheet(page);
  await page.getByText('did not allow this page to know').waitFor();
  expect(await page.getByLabel('while I leave the machine alone').isChecked()).toBe(false);
  await page.context().close();
});

test('what this browser cannot honour is greyed, with the reason beside it', async () => {
  const { page } = await pages.visit({ before: silentMachine });
  await openSheet(page);
  for (const [label, reason] of [
    ['on mains power', 'does not tell whether the machine is on mains power'],
    ['while I leave the machine alone', 'does not tell whether you are using the machine'],
    ['while the machine is not under pressure', 'does not tell how hard the machine works'],
  ]) {
    const box = page.getByLabel(label);
    expect(await box.isDisabled()).toBe(true);
    const note = page.locator(`#${await box.getAttribute('aria-describedby')}`);
    expect(await words(note)).toContain(reason);
  }
  expect(await page.getByLabel('while this tab is visible').isEnabled()).toBe(true);
  await page.context().close();
});

test('hours are days, from and to, and say what they mean', async () => {
  const { page } = await pages.visit();
  await openSheet(page);
  const note = page.locator('#hours-note');
  expect(await page.getByLabel('Monday').isDisabled()).toBe(true);
  await page.getByLabel('only at these hours').check();
  expect(await words(note)).toContain('into the next morning');
  for (const day of ['Saturday', 'Sunday']) await page.getByLabel(day).uncheck();
  await page.getByLabel('From').fill('08:30');
  await page.getByLabel('To', { exact: true }).fill('17:00');
  expect(await note.isVisible()).toBe(false);
  expect(await words(page.locator('#when-words'))).toBe('Only at your hours.');
  await start(page);
  const [[, options]] = (await calls(page)) as [[string, { settings: Settings }]];
  const schedule = { days: [1, 2, 3, 4, 5], fromMinute: 510, toMinute: 1020 };
  expect(options.settings.schedule).toEqual(schedule);
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']) {
    await page.getByLabel(day).uncheck();
  }
  expect(await words(note)).toBe('Choose at least one day.');
  await page.context().close();
});

test('limits: caps are bytes, and several workers are for the processor alone', async () => {
  const { page } = await pages.visit();
  await openSheet(page);
  await start(page);
  await say(page, onWasm);
  const workers = page.getByLabel('Processor cores at once');
  expect(await workers.locator('option').count()).toBe(4);
  expect(await words(page.locator('#workers-note'))).toBe('Running now: 3.');
  await workers.selectOption('3');
  await page.getByLabel('Model files on disk').selectOption({ label: '250\u00a0MB' });
  await page.getByLabel('Download a day').selectOption({ label: '1\u00a0GB' });
  expect(await settingsHeard(page, 3)).toMatchObject({
    workers: 3,
    diskBytesMax: 250_000_000,
    dailyBytesMax: 1_000_000_000,
  });
  await say(page, statuses.working);
  expect(await workers.isDisabled()).toBe(true);
  expect(await words(page.locator('#workers-note'))).toContain('here the graphics card computes');
  await page.context().close();
});

test('a page that goes to sleep or away hands back at once, and comes back', async () => {
  const { page } = await pages.visit();
  await page.evaluate(`document.dispatchEvent(new Event('freeze'))`);
  await start(page);
  await say(page, statuses.working);
  const names = await page.evaluate(`(() => {
    const heard = () => idlewildFake.calls.at(-1)[0];
    const said = [];
    document.dispatchEvent(new Event('freeze')); said.push(heard());
    document.dispatchEvent(new Event('resume')); said.push(heard());
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })); said.push(heard());
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false })); said.push(heard());
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })); said.push(heard());
    return said;
  })()`);
  // Heard inside the event itself: a page that is frozen runs no promise afterwards.
  expect(names).toEqual(['leave', 'comeBack', 'leave', 'leave', 'comeBack']);
  await page.context().close();
});
