// Jobs that failed are left alone for a while, so that one damaged thing neither holds up the others
// nor fills the log; and those that go on failing are told from those that may yet succeed.
import { toIdlewildError } from '#protocol/errors.ts';
import type { Waits } from '#store/waits.ts';
import { createRetries } from './retries.ts';

export interface Losses {
  /** Puts a job aside. @returns whether what it reads is lost, and is to be waited for no longer */
  failed(job: string, thrown: unknown): boolean;
  /** Jobs whose wait is not over. */
  waiting(): string[];
}

/** Other bytes than were written, or none by design; not a disk that does not answer. */
function isLostForGood(thrown: unknown): boolean {
  const { code, cause } = toIdlewildError(thrown);
  if (code === 'blob/deleted') return true;
  return code === 'blob/damaged' && cause === undefined;
}

export function createLosses(now: () => number, waits: Waits): Losses {
  const { failedMs } = waits;
  const retries = createRetries<string>(now, { failedMs, failedMsMax: failedMs });
  const failures = new Map<string, { first: number; last: number }>();
  return {
    failed(job, thrown) {
      const last = now();
      // What has not failed for so long went well in between.
      for (const [name, one] of failures) {
        if (one.last + waits.lostMs < last) failures.delete(name);
      }
      const { first } = failures.get(job) ?? { first: last };
      failures.set(job, { first, last });
      retries.failed(job);
      return last - first >= (isLostForGood(thrown) ? waits.failedMs : waits.lostMs);
    },
    waiting: retries.waiting,
  };
}
