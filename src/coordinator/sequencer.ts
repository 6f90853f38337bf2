// When the log takes its next step: woken by new receipts, but at most once in logMs, so that a busy
// coordinator signs one tree a second and not one for each commit.
import type { Context } from './context.ts';

export interface Sequencer {
  /** For a loop. @returns whether more waits that may be taken now */
  stepInTime(): Promise<boolean>;
  /** Everything that waits, at once. */
  flush(): Promise<void>;
}

export function createSequencer({ receiptLog, now, waits }: Context): Sequencer {
  let next = 0;
  return {
    async stepInTime() {
      if (now() < next) return false;
      next = now() + waits.failedMs;
      const more = await receiptLog.step();
      next = more ? 0 : now() + waits.logMs;
      return more;
    },
    async flush() {
      while (await receiptLog.step());
    },
  };
}
