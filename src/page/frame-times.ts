// What the times of a page's frames say: the display's own period, and how much of the time passed
// in frames that came late. Pure.

/** A frame that took longer than this many periods is late: at 60 a second, one was dropped. */
const lateAfter = 1.5;
/** How fast the period follows a display that became slower, as to save power: 2 % a burst. */
const periodGrowth = 1.02;

/** @param times of the frames of a burst, in milliseconds, ascending */
function intervalsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]);
}

/**
 * The display's period: the lower quartile of a burst, which a few late frames do not move, and
 * never much above what it was.
 * @param before null where it was not measured yet
 */
export function measurePeriod(times: readonly number[], before: number | null): number | null {
  const sorted = intervalsOf(times).sort((a, b) => a - b);
  if (sorted.length === 0) return before;
  const quartile = sorted[sorted.length >> 2];
  return before === null ? quartile : Math.min(quartile, before * periodGrowth);
}

/** @returns the share of the burst's time that passed in late frames, 0 to 1 */
export function measureLateShare(times: readonly number[], periodMs: number): number {
  const intervals = intervalsOf(times);
  const total = intervals.reduce((sum, ms) => sum + ms, 0);
  const late = intervals.filter((ms) => ms > lateAfter * periodMs);
  return total > 0 ? late.reduce((sum, ms) => sum + ms, 0) / total : 0;
}
