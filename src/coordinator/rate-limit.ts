// Calls of one address within a minute: a leaky bucket each, so that a burst is taken and a flood
// is not. Addresses not heard of for a minute are forgotten.
import { IdlewildError } from '#protocol/errors.ts';

export interface RateLimit {
  /** @throws limits/calls */
  take(address: string): void;
}

const addressesMax = 100_000;
const minuteMs = 60_000;

export interface RateLimitOptions {
  callsPerMinuteMax: number;
  /** Name of the limit, for the refusal. */
  name: string;
  now(): number;
}

export function createRateLimit({ callsPerMinuteMax, name, now }: RateLimitOptions): RateLimit {
  /** The oldest first: a bucket moves to the end when it is used. */
  const buckets = new Map<string, { level: number; at: number }>();
  return {
    take(address) {
      const at = now();
      const bucket = buckets.get(address) ?? { level: 0, at };
      const drained = ((at - bucket.at) / minuteMs) * callsPerMinuteMax;
      const level = Math.max(0, bucket.level - drained) + 1;
      buckets.delete(address);
      buckets.set(address, { level: Math.min(level, callsPerMinuteMax + 1), at });
      for (const [oldest, { at: seen }] of buckets) {
        if (buckets.size <= addressesMax && at - seen < minuteMs) break;
        buckets.delete(oldest);
      }
      if (level > callsPerMinuteMax) {
        const message = `More than ${callsPerMinuteMax} calls a minute (${name}).`;
        throw new IdlewildError('limits/calls', message, { retryable: true });
      }
    },
  };
}
