// The account's days: those without a verdict have their place, and the words say the sums.
import { expect, test } from 'vitest';
import { describeDays, fillDays, sayClaimable } from '#page/days-view.ts';
import { accountAnswer } from './account-samples.ts';

const day = (name: string, accepted: number, rejected = 0) => ({
  day: name,
  accepted,
  rejected,
  credit: accepted * 10,
});

test('thirty days, today by UTC last, over a month’s end', () => {
  const days = fillDays([day('2026-02-27', 3)], new Date('2026-03-01T00:30:00Z'));
  expect(days).toHaveLength(30);
  expect(days[0].day).toBe('2026-01-31');
  expect(days.slice(-3).map(({ day, accepted }) => [day, accepted])).toEqual([
    ['2026-02-27', 3],
    ['2026-02-28', 0],
    ['2026-03-01', 0],
  ]);
});

test('a coordinator whose clock is ahead keeps its day', () => {
  const days = fillDays([day('2026-03-02', 1)], new Date('2026-03-01T23:59:00Z'));
  expect(days.at(-1)).toEqual(day('2026-03-02', 1));
});

test('in words: the sums and the best day, or that there were none', () => {
  const now = new Date('2026-03-03T12:00:00Z');
  const said = describeDays(fillDays([day('2026-03-01', 2, 1), day('2026-03-02', 40)], now));
  expect(said.replaceAll('\u00a0', ' ')).toBe(
    'In the last 30 days: 42 accepted, 1 refused; most on March 2, 40 units.',
  );
  expect(describeDays(fillDays([], now)).replaceAll('\u00a0', ' ')).toBe(
    'No verdicts in the last 30 days.',
  );
});

test('claimable says that nothing is paid out yet, and whose claim it is', () => {
  expect(sayClaimable(accountAnswer())).toContain('pays nothing out yet');
  const credit = { earned: 0, held: 5, pending: 5, claimable: 0, paid: 0 };
  expect(sayClaimable(accountAnswer({ credit }))).toBe('Nothing is earned yet.');
  const boundTo = `0x${'1'.repeat(40)}`;
  expect(sayClaimable(accountAnswer({ boundTo, credit }))).toContain('the wallet claims');
});
