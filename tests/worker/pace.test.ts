// The duty cycle by measured time, with a clock that the test moves.
import { expect, test } from 'vitest';
import type { Clock } from '#worker/environment.ts';
import { Pace } from '#worker/pace.ts';

class HandClock implements Clock {
  time = 0;
  slept = 0;
  breaths = 0;
  now = () => this.time;
  wallMs = () => this.time;
  breathe = async () => {
    this.breaths++;
  };
  sleep = async (ms: number) => {
    this.slept += ms;
    this.time += ms;
  };
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
    await work(new Pace(clock, duty), clock, 40, 20);
    expect((100 * (clock.time - clock.slept)) / clock.time).toBeCloseTo(duty);
  },
);

test('slices too short to count are worked through, then paid for together', async () => {
  const clock = new HandClock();
  await work(new Pace(clock, 50), clock, 1, 100);
  expect(clock.slept).toBe(100);
  expect(clock.breaths).toBe(10);
});

test('a long slice rests for two seconds at most', async () => {
  const clock = new HandClock();
  await work(new Pace(clock, 5), clock, 60_000, 1);
  expect(clock.slept).toBe(2_000);
});

test('pause holds between slices, is not counted, and can be ended by stop', async () => {
  const clock = new HandClock();
  const pace = new Pace(clock, 100);
  const stop = new AbortController();
  await pace.begin(stop.signal);
  pace.pause();
  const held = pace.step(stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  clock.time += 500;
  pace.resume();
  await held;
  expect(pace.heldMs).toBe(500);
  pace.pause();
  const ended = pace.step(stop.signal);
  stop.abort(new Error('stopped'));
  await expect(ended).rejects.toThrow('stopped');
});
