// Numbers for the operator's page, which speaks English alone; the visitor's page counts with
// #words/say.ts.
import { formatCount } from '#words/format.ts';

export {
  formatBytes,
  formatCount,
  formatCredit,
  formatDuration,
  formatLarge,
  shorten,
} from '#words/format.ts';

/** "1 unit", "2 units"; the plural adds an s unless it is given. */
export function formatNoun(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)}\u00a0${count === 1 ? noun : plural}`;
}
