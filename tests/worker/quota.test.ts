// The caps of the settings by themselves: days of the calendar, what a visit leaves for the next,
// and a cap as a reason to pause until it is over.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ShardCache } from '#cache/shard-cache.ts';
import type { Clock } from '#worker/environment.ts';
import { PauseWatch } from '#worker/pause-watch.ts';
import { Pauses } from '#worker/pauses.ts';
import { Quota } from '#worker/quota.ts';
import { defaultSettings } from '#worker/status.ts';
import { memoryStore } from './node-environment.ts';

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'America/New_York';
});
afterAll(() => {
  process.env.TZ = zone;
});

const settings = { ...defaultSettings, dailyBytesMax: 1_000, diskBytesMax: 5_000 };
const shard = (name: string, bytes: number) => ({ sha256: name, bytes });

class Wall implements Clock {
  at = new Date(2026, 10, 20, 12).getTime();
  now = () => this.at;
  wallMs = () => this.at;
  sleep = () => new Promise<void>(() => {});
  breathe = async () => {};
}

function open(clock: Wall, store = memoryStore()) {
  const shards: ShardCache = {
    load: async () => [],
    bytes: async () => 0,
    missingBytes: async (all) =>
      all.reduce((sum, { sha256, bytes }) => sum + (sha256 === 'kept' ? 0 : bytes), 0),
    limit: async () => {},
    clear: async () => {},
  };
  return { store, quota: new Quota({ clock, store, shards, settings: () => settings }) };
}

test('a day of the calendar begins at its own midnight, and with nothing', async () => {
  const clock = new Wall();
  const { quota } = open(clock);
  quota.count(400);
  clock.at = new Date(2026, 10, 20, 23, 59).getTime();
  quota.count(500);
  expect(quota.downloadedBytes).toBe(900);
  expect(quota.spent()).toBeNull();
  quota.count(100);
  expect(quota.spent()).toMatchObject({ code: 'paused/daily-cap', values: { usedBytes: 1_000 } });
  clock.at = new Date(2026, 10, 21).getTime();
  expect(quota.downloadedBytes).toBe(0);
  expect(quota.spent()).toBeNull();
});

test('the next visit of the day goes on counting, and one of the next day does not', async () => {
  const clock = new Wall();
  const { quota, store } = open(clock);
  quota.count(600);
  await quota.save(true);
  const later = open(clock, store).quota;
  await later.open();
  later.count(1);
  expect(later.downloadedBytes).toBe(601);
  clock.at += 24 * 3_600_000;
  const tomorrow = open(clock, store).quota;
  await tomorrow.open();
  expect(tomorrow.downloadedBytes).toBe(0);
});

test('a model is admitted by what is missing of it, and refused by what does not fit', async () => {
  const { quota } = open(new Wall());
  quota.count(300);
  await quota.admit({ name: 'tiny', shards: [shard('kept', 3_000), shard('new', 700)] });
  const tooMuch = { name: 'tiny', shards: [shard('new', 701)] };
  await expect(quota.admit(tooMuch)).rejects.toMatchObject({
    saying: { code: 'paused/daily-cap', values: { neededBytes: 701, usedBytes: 300 } },
  });
  const tooLarge = { name: 'large', shards: [shard('kept', 5_001)] };
  await expect(quota.admit(tooLarge)).rejects.toMatchObject({
    saying: { code: 'paused/disk-cap', values: { model: 'large', neededBytes: 5_001 } },
  });
});

test('the cap of a day pauses until midnight, that of the disk until the settings change', () => {
  const clock = new Wall();
  const pauses = new Pauses();
  const signals = {
    isOnline: () => true,
    watchNetwork: () => () => {},
    watchPressure: () => () => {},
  };
  const parts = { clock, signals, pauses, settings: () => settings, onChange: () => {} };
  const watch = new PauseWatch(parts);
  const values = { model: 'tiny', neededBytes: 2, usedBytes: 1, capBytes: 2 };
  watch.reach({ code: 'paused/daily-cap', values });
  expect(pauses.list).toEqual(['quota']);
  expect(watch.saying).toMatchObject({ values: { neededBytes: 2 } });
  clock.at = new Date(2026, 10, 21).getTime() - 1;
  watch.look();
  expect(pauses.list).toEqual(['quota']);
  clock.at++;
  watch.look();
  expect(pauses.list).toEqual([]);
  watch.reach({ code: 'paused/disk-cap', values });
  clock.at += 1e10;
  watch.look();
  expect(pauses.list).toEqual(['quota']);
  watch.forgetCap();
  watch.look();
  expect(pauses.list).toEqual([]);
});
