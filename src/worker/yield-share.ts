// How the device yields to the page's frames: late frames halve its share at once, good ones give
// it back slowly. Additive increase and multiplicative decrease, as in TCP: it finds the share at
// which the page is smooth, and keeps looking whether there is more. Pure.

/** Frames suffer when more of the time than this passes in late ones: two of 24 that are doubled. */
const lateShareMax = 0.15;
const decrease = 0.5;
/** At one report a second it takes 20 s from the least to all. */
const increase = 0.05;
/** Frames may be late for reasons of their own: the device never stops wholly for them. */
const shareMin = 0.05;

/**
 * @param share of the visitor's level that the device had, to 1
 * @param lateShare of the time of the page's last frames that passed in late ones, 0 to 1; null
 * where nobody sees the page
 * @returns the share that it has next
 */
export function nextShare(share: number, lateShare: number | null): number {
  if (lateShare === null) return 1;
  if (lateShare > lateShareMax) return Math.max(shareMin, share * decrease);
  return Math.min(1, share + increase);
}
