// Every reason to pause, by a clock that the test moves: each comes and goes by itself, nothing
// computes while one is left, and what is not begun goes back for others to compute.
import { beforeAll, expect, test } from 'vitest';
import type { Conditions, PauseReason, Settings } from '#worker/status.ts';
import { openTimed } from './timed-run.ts';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const calm: Conditions = { visible: true, onMains: true, userActive: false };

type Timed = Awaited<ReturnType<typeof openTimed>>;

interface Case {
  settings: Partial<Settings>;
  enter(run: Timed): Promise<void> | void;
  leave(run: Timed): Promise<void> | void;
}

const told = (settings: Partial<Settings>, conditions: Partial<Conditions>): Case => ({
  settings,
  enter: ({ contributor }) => contributor.tellConditions({ ...calm, ...conditions }),
  leave: ({ contributor }) => contributor.tellConditions(calm),
});

/** The clock begins at midnight of a Thursday. */
const night = { days: [4], fromMinute: 0, toMinute: 1 };

const cases: Partial<Record<PauseReason, Case>> = {
  user: {
    settings: {},
    enter: ({ contributor }) => contributor.pause(),
    leave: ({ contributor }) => contributor.resume(),
  },
  hidden: told({ onlyVisible: true }, { visible: false }),
  battery: told({ onlyMains: true }, { onMains: false }),
  idle: told({ onlyIdle: true }, { userActive: true }),
  pressure: {
    settings: { heedPressure: true },
    enter: ({ world }) => world.tellPressure('critical'),
    leave: ({ world }) => world.tellPressure('nominal'),
  },
  schedule: {
    settings: { schedule: night },
    enter: ({ clock }) => clock.advance(60_000 - clock.now()),
    leave: ({ contributor, chosen }) => contributor.setSettings({ ...chosen, schedule: null }),
  },
};

test.each(Object.entries(cases))('%s pauses, and goes on when it is over', async (name, one) => {
  const run = await openTimed({ settings: one.settings, units: 200, slices: 20 });
  const { reach, clock, heard, coordinator, contributor, last } = run;
  await reach(({ unit }) => unit !== null);
  expect(last().pauses).toEqual([]);
  await one.enter(run);
  await reach(({ phase }) => phase === 'paused');
  expect(last()).toMatchObject({ pauses: [name], saying: { code: 'paused/reasons' } });
  const slices = heard.length;
  await clock.advance(3_000);
  // One slice was under way.
  expect(heard.length).toBeLessThanOrEqual(slices + 1);
  // The unit on the device is kept, the others went back.
  expect(coordinator.open.size).toBe(1);
  await one.leave(run);
  await reach(({ phase }) => phase === 'working');
  expect(last().pauses).toEqual([]);
  await reach(({ units }) => units >= 2);
  await clock.pass(contributor.stop());
});

test.each(['hidden', 'battery', 'idle', 'pressure'] as const)(
  '%s is no reason where the settings do not ask for it',
  async (name) => {
    const run = await openTimed({ slices: 20 });
    await run.reach(({ unit }) => unit !== null);
    await cases[name]?.enter(run);
    await run.clock.advance(5_000);
    expect(run.seen.some(({ phase }) => phase === 'paused')).toBe(false);
    await run.clock.pass(run.contributor.stop());
  },
);

test('a browser that does not say is no reason', async () => {
  const run = await openTimed({ settings: { onlyMains: true, onlyIdle: true } });
  await run.contributor.tellConditions({ visible: true, onMains: null, userActive: null });
  await run.reach(({ units }) => units > 0);
  await run.clock.pass(run.contributor.stop());
});

test('reasons are a set: it goes on when the last of three has gone', async () => {
  const settings = { onlyVisible: true, onlyMains: true };
  const { contributor, reach, last, clock } = await openTimed({ settings, slices: 20 });
  await reach(({ unit }) => unit !== null);
  await contributor.tellConditions({ ...calm, visible: false, onMains: false });
  await contributor.pause();
  await reach(({ pauses }) => pauses.length === 3);
  expect([...last().pauses].sort()).toEqual(['battery', 'hidden', 'user']);
  await contributor.tellConditions({ ...calm, onMains: false });
  await reach(({ pauses }) => pauses.length === 2);
  await contributor.resume();
  await contributor.tellConditions({ ...calm, onMains: false });
  await clock.advance(1_000);
  expect(last()).toMatchObject({ phase: 'paused', pauses: ['battery'] });
  await contributor.tellConditions(calm);
  await reach(({ phase }) => phase === 'working');
  await clock.pass(contributor.stop());
  await clock.advance(200);
  expect(last()).toMatchObject({ phase: 'stopped', pauses: [] });
});

test('a start outside its hours waits for them, and begins by itself', async () => {
  const schedule = { days: [4], fromMinute: 2, toMinute: 4 };
  const { reach, last, clock, contributor, heard } = await openTimed({ settings: { schedule } });
  await reach(({ phase }) => phase === 'paused');
  expect(last().pauses).toEqual(['schedule']);
  await clock.advance(110_000 - clock.now());
  expect(heard).not.toContain('slice');
  await reach(({ phase }) => phase === 'working');
  expect(clock.now()).toBeGreaterThanOrEqual(120_000);
  expect(clock.now()).toBeLessThan(125_000);
  await clock.pass(contributor.stop());
});

test('a disk cap that a model does not fit under says so, and a higher one lets it go on', async () => {
  const settings = { diskBytesMax: 1_000 };
  const { reach, last, clock, contributor, coordinator, chosen } = await openTimed({ settings });
  await reach(({ phase }) => phase === 'paused');
  const { pauses, saying } = last();
  expect(pauses).toEqual(['quota']);
  expect(saying).toMatchObject({
    code: 'paused/disk-cap',
    values: { model: 'tiny', capBytes: 1_000 },
  });
  await clock.advance(2_000);
  expect(coordinator.open.size).toBe(0);
  expect(coordinator.requested.some((path) => path.startsWith('/v1/shards/'))).toBe(false);
  await contributor.setSettings({ ...chosen, diskBytesMax: 0 });
  await reach(({ units }) => units > 0);
  await clock.pass(contributor.stop());
});

test('a daily cap stops before the model that would break it', async () => {
  const settings = { dailyBytesMax: 20_000 };
  const { reach, last, clock, contributor, coordinator } = await openTimed({ settings });
  await reach(({ phase }) => phase === 'paused');
  expect(last()).toMatchObject({ pauses: ['quota'], saying: { code: 'paused/daily-cap' } });
  expect(coordinator.requested.some((path) => path.startsWith('/v1/shards/'))).toBe(false);
  const { downloadedBytes } = last().today;
  expect(downloadedBytes).toBeGreaterThan(0);
  expect(downloadedBytes).toBeLessThan(20_000);
  await clock.pass(contributor.stop());
});

test('what was fetched today is counted over starts', async () => {
  const first = await openTimed();
  await first.reach(({ units, download }) => units > 0 && download === null);
  await first.clock.pass(first.contributor.stop());
  await first.clock.advance(200);
  const { downloadedBytes } = first.last().today;
  const { store } = first.environment;
  const model = first.coordinator.model.shards.reduce((sum, { length }) => sum + length, 0);
  expect(downloadedBytes).toBeGreaterThan(model);

  const settings = { dailyBytesMax: downloadedBytes };
  const second = await openTimed({ settings, parts: { store } });
  await second.reach(({ phase }) => phase === 'paused');
  expect(second.last().today.downloadedBytes).toBeGreaterThanOrEqual(model);
  await second.clock.pass(second.contributor.stop());
});
