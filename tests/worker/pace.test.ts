// The duty cycle by measured time, with a clock that the test moves.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DutyMeter } from '#worker/duty-meter.ts';
import type { Clock } from '#worker/environment.ts';
import { Level } from '#worker/level.ts';
import { Pace } from '#worker/pace.ts';
import { Pauses } from '#worker/pauses.ts';

class HandClock implements Clock {
  time = 0;
  slept = 0;
  breaths = 0;
  /** What a timer of a real browser adds. */
  lateMs = 0;
  now = () => this.time;
  wallMs = () => this.time;
  breathe = async () => {
    this.breaths++;
  };
  sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    this.slept += ms + this.lateMs;
    this.time += ms + this.lateMs;
  };
}

/** One lane at a level, with what it shares with others. */
function pacing(clock: Clock, percent: number) {
  const level = new Level(percent);
  const pauses = new Pauses();
  const meter = new DutyMeter(clock.now());
  return { pace: new Pace({ clock, level, pauses, meter }), level, pauses, meter };
}

const never = new AbortController().signal;

async function work(pace: Pace, clock: HandClock, sliceMs: number, slices: number) {
  await pace.begin(never);
  for (let slice = 0; slice < slices; slice++) {
    clock.time += sliceMs;
    await pace.step(never);
  }
}

test.each([100, 60, 25, 5])(
  'at a duty of %i in a hundred the rest of the time is slept',
  async (duty) => {
    const clock = new HandClock();
    await work(pacing(clock, duty).pace, clock, 40, 20);
    expect((100 * (clock.time - clock.slept)) / clock.time).toBeCloseTo(duty);
  },
);

test('slices too short to count are worked through, then paid for together', async () => {
  const clock = new HandClock();
  await work(pacing(clock, 50).pace, clock, 1, 100);
  expect(clock.slept).toBe(100);
  expect(clock.breaths).toBe(10);
});

test('a step that takes very long is paid for in full, up to a minute', async () => {
  const long = new HandClock();
  await work(pacing(long, 5).pace, long, 2_000, 1);
  expect(long.slept).toBeCloseTo(38_000);
  const endless = new HandClock();
  await work(pacing(endless, 5).pace, endless, 60_000, 1);
  expect(endless.slept).toBeCloseTo(60_000);
});

/** One unit of a random run: slices, then what signs and hashes, then a wait for the network. */
const unit = fc.record({
  slices: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }),
  finishMs: fc.integer({ min: 0, max: 30 }),
  networkMs: fc.integer({ min: 0, max: 60 }),
});

test('no run of slices computes more than its share, at no moment of it', async () => {
  const run = fc.array(unit, { minLength: 1, maxLength: 30 });
  const duties = fc.integer({ min: 5, max: 100 });
  await fc.assert(
    fc.asyncProperty(run, duties, fc.integer({ min: 0, max: 15 }), async (units, duty, lateMs) => {
      const clock = new HandClock();
      clock.lateMs = lateMs;
      const pace = pacing(clock, duty).pace;
      let busyMs = 0;
      const compute = (ms: number) => {
        clock.time += ms;
        busyMs += ms;
      };
      for (const { slices, finishMs, networkMs } of units) {
        await pace.begin(never);
        // All that was computed is paid for; what may be owed is finer than a timer.
        expect(busyMs - (duty / 100) * clock.time).toBeLessThanOrEqual(2);
        for (const ms of slices) {
          compute(ms);
          await pace.step(never);
        }
        compute(finishMs);
        pace.end();
        clock.time += networkMs;
      }
    }),
  );
});

const slices = fc.array(fc.integer({ min: 10, max: 50 }), { minLength: 2_000, maxLength: 2_000 });

test.each([
  ['slices', 0, 100],
  ['units with a wait for the network after each', 25, 80],
])(
  'within ten parts in a hundred in every window of 10 s: %s',
  async (_name, networkMs, dutyMax) => {
    const duties = fc.integer({ min: 10, max: dutyMax });
    await fc.assert(
      fc.asyncProperty(slices, duties, async (lengths, duty) => {
        const marks = await record(lengths, duty, networkMs);
        let from = 0;
        for (const { at, busyMs } of marks) {
          while (at - marks[from + 1]?.at >= 10_000) from++;
          const windowMs = at - marks[from].at;
          if (windowMs < 10_000) continue;
          const measured = (busyMs - marks[from].busyMs) / windowMs;
          expect(Math.abs((100 * measured) / duty - 1)).toBeLessThan(0.1);
        }
      }),
      { numRuns: 10 },
    );
  },
);

/** How much was computed by when, with a wait after every eighth slice. */
async function record(lengths: number[], duty: number, networkMs: number) {
  const clock = new HandClock();
  const pace = pacing(clock, duty).pace;
  await pace.begin(never);
  const marks = [{ at: 0, busyMs: 0 }];
  let busyMs = 0;
  for (const [index, ms] of lengths.entries()) {
    clock.time += ms;
    busyMs += ms;
    await pace.step(never);
    if (networkMs > 0 && index % 8 === 7) {
      pace.end();
      clock.time += networkMs;
      await pace.begin(never);
    }
    marks.push({ at: clock.time, busyMs });
  }
  return marks;
}

test('an idle time is no licence to compute for as long without a rest', async () => {
  const clock = new HandClock();
  const pace = pacing(clock, 50).pace;
  clock.time += 60_000;
  await work(pace, clock, 50, 20);
  expect(clock.slept).toBeGreaterThanOrEqual(500);
});

/** Sleeps until the test lets it. */
class HeldClock extends HandClock {
  asked: number[] = [];
  wake = () => {};
  override sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      this.asked.push(ms);
      this.wake = resolve;
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a new level ends the rest that the old one asked for', async () => {
  const clock = new HeldClock();
  const { pace, level } = pacing(clock, 5);
  await pace.begin(never);
  clock.time += 2_000;
  const step = pace.step(never);
  await turn();
  expect(clock.asked).toEqual([38_000]);
  level.percent = 50;
  await turn();
  expect(clock.asked[1]).toBeCloseTo(3_800);
  level.percent = 100;
  await step;
  expect(clock.asked).toHaveLength(2);
});

test('stop ends a rest', async () => {
  const clock = new HeldClock();
  const pace = pacing(clock, 5).pace;
  const stop = new AbortController();
  await pace.begin(stop.signal);
  clock.time += 2_000;
  const step = pace.step(stop.signal);
  await turn();
  stop.abort(new Error('stopped'));
  await expect(step).rejects.toThrow('stopped');
});

test('late frames halve the share at once, good ones give it back slowly, none at all wholly', () => {
  const level = new Level(60);
  level.tellFrames(0.5);
  expect(level.duty).toBeCloseTo(0.3);
  level.tellFrames(0.16);
  expect(level.duty).toBeCloseTo(0.15);
  level.tellFrames(0.1);
  expect(level.duty).toBeCloseTo(0.18);
  expect(level.isYielding).toBe(true);
  for (let report = 0; report < 14; report++) level.tellFrames(0);
  expect(level.duty).toBeCloseTo(0.6);
  expect(level.isYielding).toBe(false);
  for (let report = 0; report < 99; report++) level.tellFrames(1);
  expect(level.duty).toBeCloseTo(0.03);
  level.tellFrames(null);
  expect(level.duty).toBeCloseTo(0.6);
});

test('what it computes while it yields is its lower share', async () => {
  const clock = new HandClock();
  const { pace, level } = pacing(clock, 80);
  level.tellFrames(1);
  await work(pace, clock, 40, 20);
  expect((clock.time - clock.slept) / clock.time).toBeCloseTo(0.4);
});

test('pause holds between slices, is not counted, and can be ended by stop', async () => {
  const clock = new HandClock();
  const { pace, pauses } = pacing(clock, 100);
  const stop = new AbortController();
  await pace.begin(stop.signal);
  pauses.set('user', true);
  const held = pace.step(stop.signal);
  await turn();
  clock.time += 500;
  pauses.set('user', false);
  await held;
  expect(pace.heldMs).toBe(500);
  pauses.set('user', true);
  const ended = pace.step(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(ended).rejects.toThrow('stopped');
});
