// What befalls a tab in a real Chromium: it is closed, left, killed, loses its network; and a crew of
// real nested workers. Against the strict coordinator on the page's own origin.
import { expect, test } from 'vitest';
import { patienceMs } from '../cli/patient-chromium.ts';
import { eventually, launchDriven, useTab } from './tab.ts';

const tab = useTab(() => launchDriven({ webgpu: false }));

test('a tab that is closed hands its leases back with its last words', async () => {
  tab.giveLongUnits(6);
  await tab.start();
  await tab.until('status.unit !== null');
  await tab.sealed();
  expect(tab.coordinator.open.size).toBeGreaterThan(0);
  await tab.page.close({ runBeforeUnload: true });
  await eventually(() => tab.coordinator.open.size).toBe(0);
  expect(tab.coordinator.returns.every(({ reason }) => reason === 'stopped')).toBe(true);
});

test('a tab that is left for another page hands its leases back', async () => {
  tab.giveLongUnits(6);
  await tab.start();
  await tab.until('status.unit !== null');
  await tab.sealed();
  await tab.page.goto('about:blank');
  await eventually(() => tab.coordinator.open.size).toBe(0);
});

test('a tab that is killed loses nothing that was finished, nor its session', async () => {
  tab.coordinator.addUnit([9]);
  tab.coordinator.fault = (path) => {
    const isAnswered = path !== '/v1/work' || tab.coordinator.open.size === 0;
    return isAnswered ? null : new Response('', { status: 503 });
  };
  await tab.start();
  await tab.until('status.outbox === 1');
  const devtools = await tab.page.context().newCDPSession(tab.page);
  const context = tab.page.context();
  const crashed = tab.page.waitForEvent('crash', { timeout: patienceMs });
  // It answers nothing any more.
  devtools.send('Page.crash').catch(() => {});
  await crashed;
  tab.page = await context.newPage();
  await tab.open();
  tab.coordinator.fault = null;
  await tab.start();
  await tab.until(`status.verdicts[0]?.state === 'accepted'`);
  expect(tab.coordinator.accepted.size).toBe(1);
  expect(tab.coordinator.sessions.size).toBe(1);
});

test('a lost network is shown, keeps what is finished, and is forgotten when it is back', async () => {
  for (let unit = 0; unit < 3; unit++) tab.coordinator.addUnit([9, 9]);
  await tab.start();
  await tab.until('status.units === 3 && status.outbox === 0');
  await tab.page.context().setOffline(true);
  const lost = await tab.until(`status.pauses.includes('offline')`);
  expect(lost).toMatchObject({ phase: 'paused', error: null });
  tab.coordinator.addUnit([5], 60);
  await tab.page.context().setOffline(false);
  await tab.until('status.units === 4 && status.outbox === 0');
  expect(tab.coordinator.accepted.size).toBe(4);
  expect(tab.coordinator.sessions.size).toBe(1);
});

test('a crew of nested workers computes what the oracle computes', async () => {
  await tab.haveFourCores();
  tab.giveManyUnits();
  await tab.start({ settings: { workers: 2 } });
  const shown = (await tab.until('status.workersRunning === 2')) as { units: number };
  expect(shown).toMatchObject({ workersMax: 3, device: { backend: 'wasm' } });
  await tab.until(`status.units > ${shown.units + 20}`);
  await tab.stop();
  expect(await tab.until(`status.phase === 'stopped'`)).toMatchObject({ error: null });
  expect(tab.coordinator.accepted.size).toBeGreaterThan(20);
});

test('stop ends a crew in the middle of long units, and waits for none of them', async () => {
  await tab.haveFourCores();
  tab.giveLongUnits(12);
  await tab.start({ settings: { workers: 3 } });
  await tab.until('status.workersRunning === 3 && status.unit !== null');
  const finished = await tab.page.evaluate(`(async () => {
    const units = () => harness.statuses.at(-1).units;
    const before = units();
    await harness.contributor.stop();
    return units() - before;
  })()`);
  // Three were under way. That Stop takes no second is held in stop.e2e.test.ts, by a clock.
  expect(finished).toBeLessThan(3);
  expect(await tab.until(`status.phase === 'stopped'`)).toMatchObject({ workersRunning: 0 });
  await eventually(() => tab.coordinator.open.size).toBe(0);
  await eventually(
    () => tab.page.workers().filter((one) => one.url().includes('member')).length,
  ).toBe(0);
});

test('a member of the crew that crashes costs no unit', async () => {
  await tab.haveFourCores();
  tab.giveManyUnits();
  await tab.start({ settings: { workers: 2 } });
  const { units } = (await tab.until('status.workersRunning === 2')) as { units: number };
  const members = tab.page.workers().filter((worker) => worker.url().includes('member'));
  expect(members).toHaveLength(2);
  // Listened for before it can happen.
  const closed = members[0].waitForEvent('close', { timeout: patienceMs });
  await members[0].evaluate(`setTimeout(() => { throw new Error('As the test says.') })`);
  await closed;
  await tab.until(`status.units > ${units + 20} && status.workersRunning === 2`);
  const made = () => tab.page.workers().filter((worker) => worker.url().includes('member'));
  await eventually(() => made().length).toBe(2);
  expect(made()).not.toContain(members[0]);
  expect(tab.coordinator.returns).toEqual([]);
  await tab.stop();
  expect(await tab.until(`status.phase === 'stopped'`)).toMatchObject({ error: null });
});
