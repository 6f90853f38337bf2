// The attribute intensity as a share of time: a named level, or a number of percent.
import { dutyPercentMax, dutyPercentMin, levels } from './levels.ts';

/** @returns null for anything that is no intensity, which leaves the choice to the frame */
export function readIntensity(text: string): number | null {
  const word = text.trim();
  if (Object.hasOwn(levels, word)) return levels[word as keyof typeof levels];
  if (!/^\d{1,3}(\.\d{1,3})?$/.test(word)) return null;
  return Math.min(dutyPercentMax, Math.max(dutyPercentMin, Math.round(Number(word))));
}
