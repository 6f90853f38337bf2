// How long the idle are told to wait, by a clock that the test turns.
import { describe, expect, test } from 'vitest';
import { createCallPace } from '#coordinator/call-pace.ts';

const idleMs = 4_000;
const waitMsMax = 300_000;
const callsPerSecondMax = 200;

/** Draws of a fixed seed, in [0, 1). */
function createRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function openCrowd(options: { callsPerSecondMax?: number } = {}) {
  const clock = { now: 1e12 };
  const pace = createCallPace({
    callsPerSecondMax,
    waitMsMax,
    now: () => clock.now,
    random: createRandom(),
    ...options,
  });
  /** Who comes in which second. */
  const due = new Map<number, object[]>();
  const ask = (caller: object) => {
    const wait = pace.waitMs(caller, idleMs);
    // Heard in whole seconds, and never before it was told to come.
    const second = Math.ceil((clock.now + wait) / 1000);
    due.set(second, [...(due.get(second) ?? []), caller]);
    return wait;
  };
  return {
    clock,
    pace,
    arrive: (count: number) => Array.from({ length: count }, () => ask({})),
    /** @returns the waits told, by second */
    pass(seconds: number, stays: (caller: object) => boolean = () => true): number[][] {
      return Array.from({ length: seconds }, () => {
        clock.now += 1000;
        const second = clock.now / 1000;
        const callers = (due.get(second) ?? []).filter(stays);
        due.delete(second);
        return callers.map(ask);
      });
    },
  };
}

const perSecond = (told: number[][]) => told.flat().length / told.length;

describe('the idle', () => {
  test('wait four seconds, a quarter more or less, while they are few', () => {
    const { arrive, pass } = openCrowd();
    const waits = [...arrive(100), ...pass(600).flat()];
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
  });

  test.each([2_000, 10_000])('%i of them make 200 calls a second', (count) => {
    const { arrive, pass } = openCrowd();
    arrive(count);
    pass(200);
    const told = pass(100);
    expect(perSecond(told)).toBeGreaterThan(190);
    expect(perSecond(told)).toBeLessThan(210);
    expect(Math.max(...told.map((waits) => waits.length))).toBeLessThan(400);
  });

  test('more of them than the longest wait can spread still get no longer one', () => {
    const { arrive, pass } = openCrowd({ callsPerSecondMax: 5 });
    arrive(4_000);
    pass(700);
    const told = pass(600);
    expect(Math.max(...told.flat())).toBeLessThanOrEqual(waitMsMax * 1.25);
    expect(perSecond(told)).toBeGreaterThan(10);
  });

  test('come soon again once most have left', () => {
    const { arrive, pass } = openCrowd();
    arrive(10_000);
    pass(200);
    const stayed = new Set<object>();
    const stays = (caller: object) =>
      stayed.has(caller) || (stayed.size < 100 && !!stayed.add(caller));
    pass(120, stays);
    const waits = pass(30, stays).flat();
    expect(stayed.size).toBe(100);
    expect(waits.length).toBeGreaterThan(500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
  });
});

test('one that calls all the time keeps nobody else waiting', () => {
  const { clock, pace, arrive } = openCrowd();
  const hasty = {};
  for (let call = 0; call < 10_000; call++) {
    clock.now += 1;
    pace.waitMs(hasty, idleMs);
  }
  expect(Math.max(...arrive(1))).toBeLessThanOrEqual(5_000);
});

test('one that comes too early is told to come when it should have', () => {
  const { clock, pace, arrive } = openCrowd();
  arrive(10_000);
  const early = {};
  const wait = pace.waitMs(early, idleMs);
  expect(wait).toBeGreaterThan(30_000);
  clock.now += 10_000;
  expect(pace.waitMs(early, idleMs)).toBe(wait - 10_000);
});

test('a clock that is put back makes nobody wait longer than the longest wait', () => {
  const { clock, pace, arrive } = openCrowd();
  const caller = {};
  arrive(10_000);
  pace.waitMs(caller, idleMs);
  clock.now -= 86_400_000;
  expect(pace.waitMs(caller, idleMs)).toBeLessThanOrEqual(waitMsMax);
  expect(Math.max(...arrive(1))).toBeLessThanOrEqual(waitMsMax * 1.25);
});
