// A tab behind another one, as a visitor's Chromium treats it: its timers throttled, and in the end
// the whole of it frozen. Nothing is dispatched by hand here; the browser says all of it itself.
import type { CDPSession } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { launchPlainChromium } from './plain-chromium.ts';
import { eventually, useTab } from './tab.ts';

const tab = useTab(async () => ({ open: launchPlainChromium, close: async () => {} }));

let devtools: CDPSession;

beforeEach(async () => {
  devtools = await tab.page.context().newCDPSession(tab.page);
});

const isSeen = () => tab.page.evaluate('document.visibilityState');

/** Another tab is opened in front of it. */
async function hide(): Promise<void> {
  const front = await tab.page.context().newPage();
  await front.bringToFront();
  await eventually(isSeen).toBe('hidden');
}

async function show(): Promise<void> {
  await tab.page.bringToFront();
  await eventually(isSeen).toBe('visible');
}

const life = (state: 'frozen' | 'active') => devtools.send('Page.setWebLifecycleState', { state });

/** The page's own timer, which a hidden page has once a second. */
const beginTicks = `globalThis.ticks = { count: 0, since: performance.now() };
  setInterval(() => ticks.count++, 20)`;

test('in a hidden tab the page is throttled, and the worker keeps to its level', async () => {
  tab.giveLongUnits(400);
  await hide();
  await tab.page.evaluate(beginTicks);
  await tab.start({ settings: { dutyPercent: 50 } });
  const enough = 'status.units >= 2 && performance.now() - ticks.since > 10_000';
  const { pauses, dutyMeasured } = await tab.until(enough);
  const [count, seconds] = await tab.page.evaluate<[number, number]>(
    '[ticks.count, (performance.now() - ticks.since) / 1000]',
  );
  // Once a second; in front it would be fifty times.
  expect(count).toBeLessThan(5 * seconds);
  expect(pauses).toEqual([]);
  // Slices of 50 ms with rests as long: by the page's timers each rest would be a second, and the share
  // a twentieth. Where others want the cores, what is measured lies between.
  expect(dutyMeasured).toBeGreaterThan(10);
  expect(dutyMeasured).toBeLessThan(95);
  expect(await isSeen()).toBe('hidden');
  await tab.stop();
});

test('only while visible: behind another tab it pauses and says why, and goes on in front', async () => {
  tab.giveManyUnits();
  await tab.start({ settings: { onlyVisible: true } });
  await tab.until('status.units > 0');
  await hide();
  const hidden = await tab.until(`status.phase === 'paused'`);
  expect(hidden.pauses).toEqual(['hidden']);
  await show();
  await tab.until(`status.units > ${hidden.units + 1} && status.pauses.length === 0`);
  await tab.stop();
});

test('a frozen tab hands its leases back before it stands still, and goes on when it wakes', async () => {
  tab.giveLongUnits(12);
  // Slowly: a unit that ends just now would make its words of before the last ones no more.
  await tab.start({ settings: { dutyPercent: 5 } });
  await tab.until('status.unit !== null');
  await hide();
  await tab.sealed();
  expect(tab.coordinator.open.size).toBeGreaterThan(0);
  await life('frozen');
  // Nothing of the tab runs now: what the coordinator hears was sent before.
  await eventually(() => tab.coordinator.open.size).toBe(0);
  expect(tab.coordinator.returns.length).toBeGreaterThan(0);
  expect(tab.coordinator.returns.every(({ reason }) => reason === 'stopped')).toBe(true);
  const { length } = tab.coordinator.calls;
  await life('active');
  await eventually(() => tab.coordinator.open.size).toBeGreaterThan(0);
  const awake = await tab.until(`status.phase === 'working' && status.unit !== null`);
  expect(awake).toMatchObject({ pauses: [], error: null });
  expect(tab.coordinator.calls.length).toBeGreaterThan(length);
  expect(tab.coordinator.sessions.size).toBe(1);
  await tab.stop();
});
