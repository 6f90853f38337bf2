// The display's period and the share of late frames, from the times of frames alone.
import { expect, test } from 'vitest';
import { measureLateShare, measurePeriod } from '#page/frame-times.ts';

/** Times of frames with these intervals. */
const timesOf = (...intervals: number[]) => {
  let time = 1000;
  return [time, ...intervals.map((ms) => (time += ms))];
};
const steady = (ms: number, count = 24) => timesOf(...new Array<number>(count).fill(ms));

test("the period is the display's own, whatever a few late frames do", () => {
  expect(measurePeriod(steady(16.7), null)).toBeCloseTo(16.7);
  expect(measurePeriod(timesOf(16, 16, 50, 16, 33, 16, 120, 17), null)).toBe(16);
  expect(measurePeriod([5], null)).toBeNull();
  expect(measurePeriod([], 16)).toBe(16);
});

test('a faster display is believed at once, a slower one step by step', () => {
  expect(measurePeriod(steady(7), 16)).toBe(7);
  expect(measurePeriod(steady(100), 10)).toBeCloseTo(10.2);
  let period: number | null = 16;
  for (let burst = 0; burst < 60; burst++) period = measurePeriod(steady(33), period);
  expect(period).toBe(33);
});

test('late is the time that passed in frames of more than one and a half periods', () => {
  expect(measureLateShare(steady(16), 16)).toBe(0);
  expect(measureLateShare(timesOf(16, 24, 20, 12), 16)).toBe(0);
  expect(measureLateShare(timesOf(10, 10, 30, 50), 10)).toBe(0.8);
  expect(measureLateShare([7], 16)).toBe(0);
});
