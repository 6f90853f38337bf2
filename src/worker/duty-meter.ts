// The share of the time that was really computed, over the last minute: what the page shows beside
// the level that was asked for. Pauses and waits count as time that did not compute.

const bucketMs = 1_000;
const buckets = 60;

export class DutyMeter {
  /** Milliseconds of work, by second, with the second that it is of. */
  readonly #worked = Array.from({ length: buckets }, () => ({ second: -1, ms: 0 }));
  #startedAt: number;

  /** @param now by a monotonic clock */
  constructor(now: number) {
    this.#startedAt = now;
  }

  restart(now: number): void {
    this.#startedAt = now;
    for (const bucket of this.#worked) bucket.second = -1;
  }

  /** @param ms of work that ended at `now`; all of it counts for that second's neighbours */
  add(ms: number, now: number): void {
    for (let end = now, left = ms; left > 0; ) {
      const second = Math.ceil(end / bucketMs) - 1;
      const part = Math.min(left, end - second * bucketMs);
      const bucket = this.#worked[((second % buckets) + buckets) % buckets];
      if (bucket.second < second) Object.assign(bucket, { second, ms: 0 });
      if (bucket.second === second) bucket.ms += part;
      left -= part;
      end -= part;
      if (now - end > buckets * bucketMs) break;
    }
  }

  /** @returns percent of the time of each of `lanes`, 0 to 100; null before the first second */
  measure(now: number, lanes: number): number | null {
    const fromSecond = Math.max(
      Math.floor(this.#startedAt / bucketMs),
      Math.ceil(now / bucketMs) - buckets,
    );
    const from = Math.max(this.#startedAt, fromSecond * bucketMs);
    if (now - from < bucketMs) return null;
    const ms = this.#worked
      .filter(({ second }) => second >= fromSecond)
      .reduce((sum, bucket) => sum + bucket.ms, 0);
    return Math.min(100, (100 * ms) / ((now - from) * Math.max(1, lanes)));
  }
}
