// When a weekly schedule is open, by this machine's own calendar. Pure but for the time zone: the
// bounds of a day's hours are instants, so that a day of 23 or 25 hours needs no case of its own,
// and a clock that is set back closes no hours that were open.
import type { WeeklyHours } from './status.ts';

const minutesADay = 1_440;

interface Span {
  from: number;
  to: number;
}

/** The hours that begin on the day `days` after that of `wallMs`; null where none do. */
function spanOf({ days, fromMinute, toMinute }: WeeklyHours, wallMs: number, ahead: number) {
  const now = new Date(wallMs);
  const at = (minute: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, 0, minute).getTime();
  if (!days.includes(new Date(at(0)).getDay())) return null;
  const isNextDay = toMinute <= fromMinute;
  return { from: at(fromMinute), to: at(toMinute + (isNextDay ? minutesADay : 0)) };
}

function spansAround(hours: WeeklyHours, wallMs: number): Span[] {
  // Hours begun yesterday may still run; the next ones begin within a week.
  return [-1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((ahead) => spanOf(hours, wallMs, ahead) ?? []);
}

/** @param wallMs milliseconds since 1970 */
export function isOpenAt(hours: WeeklyHours, wallMs: number): boolean {
  return spansAround(hours, wallMs).some(({ from, to }) => from <= wallMs && wallMs < to);
}

/** @returns the next instant at which it may be otherwise; Infinity where it never is open */
export function nextBoundAt(hours: WeeklyHours, wallMs: number): number {
  const bounds = spansAround(hours, wallMs).flatMap(({ from, to }) => [from, to]);
  return Math.min(Number.POSITIVE_INFINITY, ...bounds.filter((at) => at > wallMs));
}

/** The day of this machine's calendar, such as 2026-11-20. */
export function localDay(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** @returns the instant at which the next day of this machine's calendar begins */
export function nextDayAt(wallMs: number): number {
  const date = new Date(wallMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
