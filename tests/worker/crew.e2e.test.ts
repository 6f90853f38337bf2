// Several workers on one queue, by a clock that the test moves: each has its own device and pace, one
// that dies costs its unit nothing, and Stop ends all of them.
import { expect, test } from 'vitest';
import type { Encoder, ExactBackend } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { lying } from './bad-backends.ts';
import { lasting } from './timed-backends.ts';
import { openTimed, type TimedSetting } from './timed-run.ts';

/** What a test sees of one worker, and does to it. */
interface Member {
  units: number;
  isEnded: boolean;
  isDying: boolean;
}

const unseen = (): Member => ({ units: 0, isEnded: false, isDying: false });

/** A backend that calls itself WASM, since a crew is for that alone, watched by the test. */
function watched(backend: ExactBackend, member: Member): ExactBackend {
  const watch = (encoder: Encoder): Encoder => ({
    async encode(rows, options = {}) {
      const { onSlice } = options;
      if (!onSlice) return encoder.encode(rows);
      const output = await encoder.encode(rows, {
        async onSlice(slice) {
          if (member.isDying) throw new IdlewildError('engine/device-lost', 'It died.');
          await onSlice(slice);
        },
      });
      member.units++;
      return output;
    },
    destroy: () => encoder.destroy(),
  });
  return {
    name: 'wasm',
    adapter: backend.adapter,
    createEncoder: async (weights) => watch(await backend.createEncoder(weights)),
    destroy() {
      member.isEnded = true;
    },
  };
}

interface CrewSetting extends TimedSetting {
  slices: number;
  workers: number;
  workersMax?: number;
  /** What is made of the backend of the nth member. */
  make?(backend: ExactBackend, count: number): ExactBackend;
  /** Whether the nth dies in its first unit. */
  dies?(count: number): boolean;
}

async function open(crew: CrewSetting) {
  const { slices, workers, workersMax = 4, make, dies, ...setting } = crew;
  const own = unseen();
  const members: Member[] = [];
  const run = await openTimed({
    units: 40,
    ...setting,
    settings: { ...setting.settings, workers },
    backend: (clock, heard) => watched(lasting(clock, heard, slices), own),
    crew: (clock, heard) => ({
      workersMax,
      async create() {
        const count = members.length + 1;
        const member = { ...unseen(), isDying: dies?.(count) ?? false };
        members.push(member);
        const backend = lasting(clock, heard, slices);
        return watched(make?.(backend, count) ?? backend, member);
      },
    }),
  });
  return { ...run, own, members };
}

const living = (members: Member[]) => members.filter(({ isEnded }) => !isEnded);

test('three compute one queue to the end, each for itself, and take three times as much', async () => {
  const run = await open({ slices: 25, workers: 3, units: 60, unitsMax: 60 });
  const { reach, clock, coordinator, members, own, seen } = run;
  await reach(({ workersRunning }) => workersRunning === 3);
  const from = { at: clock.now(), units: seen.at(-1)?.units ?? 0 };
  await reach(({ units }) => units >= from.units + 30);
  const unitMs = (clock.now() - from.at) / 30;
  // A unit takes a second: alone it would be 1,000.
  expect(unitMs).toBeLessThan(400);
  await reach(({ phase }) => phase === 'stopped');
  expect(coordinator.accepted.size).toBe(60);
  expect(coordinator.sessions.size).toBe(1);
  const shares = members.map(({ units }) => units);
  expect(shares).toHaveLength(3);
  expect(Math.min(...shares)).toBeGreaterThan(10);
  expect(shares.reduce((sum, units) => sum + units, own.units)).toBe(60);
  expect(living(members)).toEqual([]);
});

test('there are no more than the machine has, and none on WebGPU', async () => {
  const run = await open({ slices: 25, workers: 16, workersMax: 2 });
  await run.reach(({ workersRunning }) => workersRunning === 2);
  expect(run.last().workersMax).toBe(2);
  await run.clock.advance(5_000);
  expect(run.members).toHaveLength(2);
  await run.clock.pass(run.contributor.stop());

  const gpu = await openTimed({
    settings: { workers: 4 },
    backend: (clock, heard) => ({ ...lasting(clock, heard, 10), name: 'webgpu' }),
    crew: () => ({
      workersMax: 4,
      create: async () => {
        throw new Error('Nobody asks for one.');
      },
    }),
  });
  await gpu.reach(({ units }) => units === 6);
  expect(gpu.last()).toMatchObject({ workersRunning: 1, workersMax: 1 });
  await gpu.clock.pass(gpu.contributor.stop());
});

test('each keeps its own duty cycle, and the measured share is that of one', async () => {
  const settings = { dutyPercent: 50 };
  const { reach, clock, last, contributor } = await open({ slices: 25, workers: 3, settings });
  await reach(({ workersRunning }) => workersRunning === 3);
  await clock.advance(3_000);
  const from = last().units;
  await clock.advance(20_000);
  // Twenty seconds of three at one half, a second each.
  expect(last().units - from).toBeGreaterThanOrEqual(26);
  expect(last().units - from).toBeLessThanOrEqual(33);
  await clock.advance(20_000);
  expect(last().dutyMeasured).toBeGreaterThan(40);
  expect(last().dutyMeasured).toBeLessThan(55);
  await clock.pass(contributor.stop());
});

test('a pause holds all of them, and what waits goes back', async () => {
  const run = await open({ slices: 50, workers: 3 });
  const { reach, clock, heard, coordinator, contributor } = run;
  await reach(({ workersRunning, units }) => workersRunning === 3 && units > 4);
  await contributor.pause();
  await reach(({ phase }) => phase === 'paused');
  await clock.advance(1_000);
  const slices = heard.length;
  await clock.advance(5_000);
  expect(heard.length).toBe(slices);
  expect(coordinator.open.size).toBeLessThanOrEqual(3);
  await contributor.resume();
  const { units } = run.last();
  await reach((status) => status.units > units + 3);
  await clock.pass(contributor.stop());
});

test('one that dies is made again, and its unit computed', async () => {
  const { reach, clock, coordinator, contributor, members, last } = await open({
    slices: 25,
    workers: 2,
    units: 30,
    unitsMax: 30,
  });
  await reach(({ workersRunning, units }) => workersRunning === 2 && units > 3);
  members[1].isDying = true;
  await reach(({ phase }) => phase === 'stopped');
  expect(last()).toMatchObject({ units: 30, error: null });
  expect(members).toHaveLength(3);
  expect(members[1].isEnded).toBe(true);
  expect(members[2].units).toBeGreaterThan(0);
  expect(coordinator.accepted.size).toBe(30);
  expect(coordinator.returns).toEqual([]);
  await clock.pass(contributor.stop());
});

test('one that dies again and again is missing, and its unit goes to another', async () => {
  const { reach, clock, coordinator, contributor, members, last } = await open({
    slices: 25,
    workers: 3,
    units: 30,
    unitsMax: 30,
    dies: (count) => count > 2,
  });
  await reach(({ workersRunning }) => workersRunning === 3);
  await reach(({ workersRunning }) => workersRunning === 2);
  await reach(({ phase }) => phase === 'stopped');
  expect(last()).toMatchObject({ units: 30, error: null });
  expect(coordinator.accepted.size).toBe(30);
  expect(coordinator.resent).toEqual([]);
  expect(living(members)).toEqual([]);
  await clock.pass(contributor.stop());
});

test('one that computes wrong bytes takes no unit, and the others do without it', async () => {
  const { reach, clock, contributor, members, coordinator, last } = await open({
    slices: 25,
    workers: 3,
    make: (backend, count) => (count === 2 ? lying(backend) : backend),
  });
  await reach(({ units }) => units > 12);
  expect(members[1]).toEqual({ units: 0, isEnded: true, isDying: false });
  expect(last().workersRunning).toBe(2);
  expect(coordinator.accepted.size).toBeGreaterThan(10);
  await clock.pass(contributor.stop());
});

test('where no further worker can be had, this one computes alone', async () => {
  const { reach, clock, contributor, own, last } = await open({
    slices: 25,
    workers: 3,
    make: () => {
      throw new IdlewildError('engine/unavailable', 'No workers in workers here.');
    },
  });
  await reach(({ units }) => units > 5);
  expect(own.units).toBeGreaterThan(4);
  expect(last()).toMatchObject({ workersRunning: 1, error: null });
  await clock.pass(contributor.stop());
});

test('the number changes while it runs, and no unit is lost by that', async () => {
  const run = await open({ slices: 25, workers: 1, units: 60, unitsMax: 60 });
  const { reach, contributor, chosen, members, own, coordinator } = run;
  await reach(({ units }) => units > 3);
  expect(members).toEqual([]);
  await contributor.setSettings({ ...chosen, workers: 3 });
  await reach(({ workersRunning }) => workersRunning === 3);
  await reach(({ units }) => units > 20);
  const alone = own.units;
  await contributor.setSettings({ ...chosen, workers: 2 });
  await reach(({ workersRunning }) => workersRunning === 2);
  expect(living(members)).toHaveLength(2);
  await contributor.setSettings({ ...chosen, workers: 1 });
  await reach(({ workersRunning }) => workersRunning === 1);
  expect(living(members)).toEqual([]);
  await reach(({ phase }) => phase === 'stopped');
  expect(own.units).toBeGreaterThan(alone);
  expect(coordinator.accepted.size).toBe(60);
  expect(coordinator.returns).toEqual([]);
});

test('stop ends all of them at once and hands their units back', async () => {
  const { reach, clock, contributor, members, coordinator, heard, last } = await open({
    slices: 500,
    workers: 3,
  });
  await reach(({ workersRunning }) => workersRunning === 3);
  await clock.advance(2_000);
  expect(await clock.pass(contributor.stop())).toBeLessThanOrEqual(500);
  await clock.advance(200);
  expect(last()).toMatchObject({ phase: 'stopped', workersRunning: 0 });
  expect(living(members)).toEqual([]);
  const slices = heard.filter((what) => what === 'slice').length;
  await clock.advance(2_000);
  expect(heard.filter((what) => what === 'slice').length).toBe(slices);
  expect(coordinator.open.size).toBe(0);
});
