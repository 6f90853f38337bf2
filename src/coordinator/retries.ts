// What failed is left alone for a while, so that one damaged thing neither holds up the others nor
// fills the log.
export interface Retries<Key> {
  failed(key: Key): void;
  /** Those whose wait is not over. */
  waiting(): Key[];
}

export function createRetries<Key>(now: () => number, failedMs: number): Retries<Key> {
  const until = new Map<Key, number>();
  return {
    failed: (key) => void until.set(key, now() + failedMs),
    waiting() {
      for (const [key, end] of until) if (end <= now()) until.delete(key);
      return [...until.keys()];
    },
  };
}
