// The last hour in minutes: what each finished, gaps and new starts included.
import { expect, test } from 'vitest';
import { HourLog, minutesKept } from '#page/hour-log.ts';
import { describeHour } from '#page/hour-view.ts';

const minuteMs = 60_000;

test('each minute has the rows that were finished in it, rests included', () => {
  const log = new HourLog();
  expect(log.read(0)).toEqual(new Array(minutesKept).fill(null));
  log.note(500, 10_000);
  log.note(560, 30_000);
  log.note(620, 59_999);
  log.note(620, 3 * minuteMs);
  log.note(1220, 3 * minuteMs + 1);
  expect(log.read(3 * minuteMs + 2).slice(-5)).toEqual([null, 2, 0, 0, 10]);
});

test('a new Start counts from nothing, and an hour later nothing is left', () => {
  const log = new HourLog();
  log.note(600, 0);
  log.note(60, minuteMs);
  expect(log.read(minuteMs).slice(-2)).toEqual([0, 1]);
  const later = 61 * minuteMs;
  log.note(60, later);
  expect(log.read(later)).toEqual(new Array(minutesKept).fill(0));
  log.clear();
  expect(log.read(later)).toEqual(new Array(minutesKept).fill(null));
});

test('the words are of whole minutes alone', () => {
  expect(describeHour([null, null, 4])).toBe('The first minute is being counted.');
  expect(describeHour([null, 2, 4, 1000])).toBe(
    'Over the last 2\u00a0min: 3.0 sentences a second on average, 4.0 in the best minute, 4.0 in ' +
      'the last full one.',
  );
});
