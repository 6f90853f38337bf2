// The hours of a schedule in many time zones: by the wall clock on plain days, without a gap or a
// flicker on days of 23 and 25 hours, and over midnight.
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { WeeklyHours } from '#worker/status.ts';
import { isOpenAt, localDay, nextBoundAt, nextDayAt } from '#worker/weekly-hours.ts';

const zoneBefore = process.env.TZ;
afterEach(() => {
  process.env.TZ = zoneBefore;
});

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const everyDay = [0, 1, 2, 3, 4, 5, 6];

const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
);
const minute = fc.integer({ min: 0, max: 1439 });
const hours = fc.record({
  days: fc.subarray(everyDay),
  fromMinute: minute,
  toMinute: minute,
});
const wallMs = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });

/** Whether no clock is set from two days before to two days after. */
function isPlain(at: number): boolean {
  const offset = (ms: number) => new Date(ms).getTimezoneOffset();
  return [-2, -1, 1, 2].every((days) => offset(at + days * dayMs) === offset(at));
}

/** What a person reads off the wall clock and the calendar. */
function readsAsOpen({ days, fromMinute, toMinute }: WeeklyHours, at: number): boolean {
  const now = new Date(at);
  const minutes = now.getHours() * 60 + now.getMinutes();
  const today = days.includes(now.getDay());
  if (toMinute > fromMinute) return today && minutes >= fromMinute && minutes < toMinute;
  const yesterday = days.includes((now.getDay() + 6) % 7);
  return (today && minutes >= fromMinute) || (yesterday && minutes < toMinute);
}

test('on days without a change of the clock it is open as the wall clock reads', () => {
  fc.assert(
    fc.property(zone, hours, wallMs, (name, chosen, at) => {
      process.env.TZ = name;
      if (isPlain(at)) expect(isOpenAt(chosen, at)).toBe(readsAsOpen(chosen, at));
    }),
    { numRuns: 1_000 },
  );
});

test('until its next bound nothing changes, whatever the clock does', () => {
  fc.assert(
    fc.property(zone, hours, wallMs, fc.double({ min: 0, max: 1, noNaN: true }), (...given) => {
      const [name, chosen, at, share] = given;
      process.env.TZ = name;
      const bound = nextBoundAt(chosen, at);
      expect(bound).toBeGreaterThan(at);
      const between = Math.min(bound - 1, at + Math.floor(share * (bound - at)));
      if (Number.isFinite(bound)) {
        expect(isOpenAt(chosen, between)).toBe(isOpenAt(chosen, at));
      } else expect(chosen.days).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

/** Lengths, in hours, of what is open from the one instant to the other. */
function openings(chosen: WeeklyHours, from: number, to: number): number[] {
  const lengths: number[] = [];
  for (let at = from, since = from; at < to; ) {
    const bound = Math.min(to, nextBoundAt(chosen, at));
    const isOpen = isOpenAt(chosen, at);
    if (isOpen && !isOpenAt(chosen, bound)) lengths.push((bound - since) / hourMs);
    if (!isOpen) since = bound;
    at = bound;
  }
  return lengths;
}

test('nights are an hour shorter and longer when the clock is set, and stay one opening each', () => {
  process.env.TZ = 'Europe/Berlin';
  const nights = { days: everyDay, fromMinute: 22 * 60, toMinute: 6 * 60 };
  const noon = (month: number, day: number) => new Date(2026, month, day, 12).getTime();
  expect(openings(nights, noon(2, 27), noon(2, 30))).toEqual([8, 7, 8]);
  expect(openings(nights, noon(9, 23), noon(9, 26))).toEqual([8, 9, 8]);
});

test('hours that begin or end in the hour that is left out, or comes twice', () => {
  process.env.TZ = 'Europe/Berlin';
  const noon = (month: number, day: number) => new Date(2026, month, day, 12).getTime();
  const early = { days: everyDay, fromMinute: 60 + 30, toMinute: 2 * 60 + 30 };
  // 01:30 to 03:00 has no 02:00 to 03:00: half an hour is left, and the end is past.
  expect(openings(early, noon(2, 28), noon(2, 29))).toEqual([1]);
  // The end is the first 02:30 of the two.
  expect(openings(early, noon(9, 24), noon(9, 25))).toEqual([1]);
  const late = { days: everyDay, fromMinute: 2 * 60 + 15, toMinute: 4 * 60 };
  expect(openings(late, noon(9, 24), noon(9, 25))).toEqual([2.75]);
});

test('days of the calendar follow each other, and a whole day has no end in it', () => {
  fc.assert(
    fc.property(zone, wallMs, (name, at) => {
      process.env.TZ = name;
      const next = nextDayAt(at);
      expect(localDay(next - 1)).toBe(localDay(at));
      expect(localDay(next)).not.toBe(localDay(at));
      const always = { days: everyDay, fromMinute: 0, toMinute: 0 };
      expect(isOpenAt(always, at)).toBe(true);
      expect(nextBoundAt(always, at) - at).toBeLessThanOrEqual(25 * hourMs + minuteMs);
    }),
  );
});
