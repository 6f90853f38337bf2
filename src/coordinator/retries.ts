// What failed is left alone for a while, so that one damaged thing neither holds up the others nor
// fills the log; what goes on failing is left alone for longer each time.
export interface Retries<Key> {
  failed(key: Key): void;
  /** Those whose wait is not over. */
  waiting(): Key[];
}

export interface RetryWaits {
  failedMs: number;
  /** The wait doubles until then; what has not failed for twice as long begins anew. */
  failedMsMax: number;
}

export function createRetries<Key>(
  now: () => number,
  { failedMs, failedMsMax }: RetryWaits,
): Retries<Key> {
  const failures = new Map<Key, { waitMs: number; until: number }>();
  return {
    failed(key) {
      const before = failures.get(key)?.waitMs ?? failedMs / 2;
      const waitMs = Math.min(2 * before, failedMsMax);
      failures.set(key, { waitMs, until: now() + waitMs });
    },
    waiting() {
      for (const [key, { until }] of failures) {
        if (until + 2 * failedMsMax <= now()) failures.delete(key);
      }
      return [...failures].filter(([, { until }]) => until > now()).map(([key]) => key);
    },
  };
}
