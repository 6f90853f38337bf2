// A status in words: each state, all reasons to pause at once with what ends each, what the worker
// says by its code, and the same in Arabic.
import { afterEach, expect, test } from 'vitest';
import { describe, describeReturn } from '#page/describe.ts';
import { describePauses, nextOpening } from '#page/pause-words.ts';
import { describeVerdict } from '#page/verdict-words.ts';
import { describeWhen } from '#page/when-words.ts';
import { arabic } from '#words/ar.ts';
import { english, speak } from '#words/say.ts';
import { type ContributorStatus, defaultSettings, idleStatus } from '#worker/status.ts';

afterEach(() => speak({ locale: 'en', direction: 'ltr', words: english }));

const plain = (text: string) => text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');
/** A Friday. */
const now = new Date(2026, 10, 20, 12, 0);

const waiting = (code: string, message = '') =>
  ({
    ...idleStatus,
    phase: 'waiting',
    message: `Waiting: ${message}`,
    saying: { code: 'waiting/reason', values: { code, message } },
  }) satisfies ContributorStatus;

test('a wait has its reason by code, and the coordinator’s own words where there is none', () => {
  expect(describe(waiting('work/none'))).toMatchObject({
    tone: 'wait',
    title: 'Waiting',
    what: 'No unit waits for a contributor now.',
  });
  expect(describe(waiting('work/none-yet', 'Come back at noon.')).what).toBe(
    'The coordinator says: Come back at noon.',
  );
  expect(describe(waiting('consent/expired')).what).toContain('It ran out or was withdrawn');
  expect(plain(describeReturn(40_000))).toBe('It asks the coordinator again in about 40 s.');
  expect(describeReturn(-5)).toBe('It asks the coordinator again now.');
});

test('a worker of another version is heard all the same', () => {
  const saying = { code: 'waiting/new', values: {} } as unknown as ContributorStatus['saying'];
  const status = { ...idleStatus, phase: 'waiting', message: 'Something new.', saying } as const;
  expect(describe(status).what).toBe('Something new.');
});

test('work says for whom, yields in words, and finishes under its own name', () => {
  const working = { ...idleStatus, phase: 'working', project: 'The open library' } as const;
  expect(describe(working)).toMatchObject({
    title: 'Working',
    what: 'Turning texts into vectors for The open library.',
    means: '',
  });
  expect(describe({ ...working, yielding: true }).means).toContain('Yielding: this page’s frames');
  expect(describe({ ...working, finishing: true })).toMatchObject({ title: 'Finishing' });
});

test('an end says what is kept, and a failure what it means', () => {
  const stopped = { ...idleStatus, phase: 'stopped', message: 'Stopped.' } as const;
  expect(describe(stopped)).toMatchObject({ title: 'Stopped', what: '' });
  expect(plain(describe({ ...stopped, outbox: 2 }).means)).toContain(
    '2 finished results stay in this browser',
  );
  const lost = { ...idleStatus, phase: 'failed', message: 'The worker is gone.' } as const;
  expect(describe(lost)).toMatchObject({ title: 'Something went wrong', what: lost.message });
  const error = { code: 'log/forked', message: 'Forked.', retryable: false, metaMessages: [] };
  expect(describe({ ...lost, error })).toMatchObject({ what: 'Forked.', code: 'log/forked' });
  speak({ locale: 'ar', direction: 'rtl', words: arabic.words });
  const inArabic = describe({ ...lost, error });
  expect(inArabic.what).toContain('امتدادًا');
  expect(inArabic.means).toContain('Forked.');
});

test('reasons to pause are said together, with what would end each', () => {
  const paused = (pauses: ContributorStatus['pauses'], change: Partial<ContributorStatus> = {}) =>
    describe({ ...idleStatus, phase: 'paused', pauses, ...change }, now);
  expect(paused(['battery'])).toMatchObject({
    title: 'Paused',
    what: 'On battery.',
    act: 'It waits until the machine is plugged in.',
  });
  const schedule = { days: [1, 2, 3, 4, 5], fromMinute: 22 * 60, toMinute: 7 * 60 };
  const settings = { ...defaultSettings, schedule };
  const two = paused(['schedule', 'battery'], { settings });
  expect(plain(two.what)).toBe('For two reasons: on battery; outside your hours.');
  expect(plain(two.act)).toBe(
    'It goes on once all are over. On battery: until the machine is plugged in. ' +
      'Outside your hours: until Friday 10:00 PM.',
  );
  expect(plain(paused(['user', 'hidden', 'idle', 'pressure', 'offline', 'quota']).what)).toBe(
    'For 6 reasons: you asked it to; this tab is hidden; you are using the machine; ' +
      'the machine is under pressure; a limit of yours is reached; no network.',
  );
  expect(describePauses([])).toBe('');
});

test('a full quota says which, and by how much', () => {
  const values = { model: 'MiniLM', neededBytes: 23e6, usedBytes: 480e6, capBytes: 500e6 };
  const paused = { ...idleStatus, phase: 'paused', pauses: ['quota'] } as const;
  const daily = {
    ...paused,
    pauses: ['quota' as const],
    saying: { code: 'paused/daily-cap', values } as const,
  };
  expect(plain(describe(daily, now).means)).toBe(
    'MiniLM needs a download of 23 MB, and 480 MB of today’s 500 MB are used. ' +
      'Nothing is being computed now.',
  );
  expect(describe(daily, now).act).toContain('until midnight');
  const disk = { ...daily, saying: { code: 'paused/disk-cap', values } as const };
  expect(describe(disk, now).act).toContain('raise the limit for model files');
});

test('hours begin next on a chosen day, by this machine’s clock', () => {
  const hours = (days: number[], fromMinute: number) => ({ days, fromMinute, toMinute: 0 });
  expect(nextOpening(hours([5], 22 * 60), now)).toEqual(new Date(2026, 10, 20, 22, 0));
  expect(nextOpening(hours([5], 8 * 60), now)).toEqual(new Date(2026, 10, 27, 8, 0));
  expect(nextOpening(hours([0, 6], 30), now)).toEqual(new Date(2026, 10, 21, 0, 30));
  expect(nextOpening(hours([], 0), now)).toBeNull();
});

test('the sheet of conditions in one line', () => {
  expect(describeWhen(defaultSettings)).toBe('Whenever this tab is open.');
  const settings = { ...defaultSettings, onlyVisible: true, onlyMains: true, dailyBytesMax: 5e8 };
  expect(plain(describeWhen(settings))).toBe(
    'Only while this tab is visible; on mains power; up to 500 MB a day.',
  );
});

test('every verdict that has words has them in Arabic too', () => {
  speak({ locale: 'ar', direction: 'rtl', words: arabic.words });
  const line = { unit: '', lease: '', rows: 1, credit: 0, receipt: null } as const;
  const verdict = { ...line, state: 'rejected', code: 'result/signature', message: 'x' } as const;
  expect(describeVerdict(verdict)).toEqual(['مرفوضة:', arabic.words['verdict.unread']]);
  expect(describeVerdict({ ...verdict, code: 'verdict/held' })[0]).toBe('تنتظر');
});
