// Why it is paused, in words: all reasons at once, and what would end each.

import { formatMoment } from '#words/format.ts';
import { count, say } from '#words/say.ts';
import type { ContributorStatus, PauseReason, WeeklyHours } from '#worker/status.ts';

/** In this order: what the visitor did first, then what the visitor can change. */
const order: PauseReason[] = [
  'user',
  'hidden',
  'battery',
  'idle',
  'pressure',
  'schedule',
  'quota',
  'offline',
];

/** "On battery." or "For two reasons: on battery; outside your hours." Empty without a reason. */
export function describePauses(pauses: readonly PauseReason[]): string {
  const reasons = inOrder(pauses).map((reason) => say(`pause.${reason}`));
  if (reasons.length === 0) return '';
  if (reasons.length === 1) return capital(say('pause.one', { reason: reasons[0] }));
  const said = {
    count: count('pause.count', reasons.length),
    reasons: reasons.join(say('pause.separator')),
  };
  return capital(say('pause.several', said));
}

/** "It waits until the machine is plugged in." or, of several, what ends each. */
export function describeEnds(status: ContributorStatus, now: Date): string {
  const reasons = inOrder(status.pauses);
  const ends = reasons.map((reason) => describeEnd(reason, status, now));
  if (ends.length === 1) return say('pause.waits', { end: ends[0] });
  const each = reasons.map((reason, index) => {
    return say('pause.each', { reason: capital(say(`pause.${reason}`)), end: ends[index] });
  });
  return [say('pause.all'), ...each].join(' ');
}

function inOrder(pauses: readonly PauseReason[]): PauseReason[] {
  return order.filter((reason) => pauses.includes(reason));
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function describeEnd(reason: PauseReason, status: ContributorStatus, now: Date): string {
  if (reason === 'schedule') {
    const opens = status.settings.schedule && nextOpening(status.settings.schedule, now);
    return opens
      ? say('pause.schedule.end', { time: formatMoment(opens) })
      : say('pause.schedule.never');
  }
  if (reason === 'quota') {
    return status.saying.code === 'paused/disk-cap'
      ? say('pause.quota.disk')
      : say('pause.quota.daily');
  }
  return say(`pause.${reason}.end`);
}

/** When the hours begin next, by the machine's own clock; null where no day is chosen. */
export function nextOpening({ days, fromMinute }: WeeklyHours, now: Date): Date | null {
  for (let ahead = 0; ahead <= 7; ahead++) {
    const opens = new Date(now);
    opens.setDate(now.getDate() + ahead);
    opens.setHours(Math.floor(fromMinute / 60), fromMinute % 60, 0, 0);
    if (days.includes(opens.getDay()) && opens > now) return opens;
  }
  return null;
}
