// The capacity that was online in an epoch, from what the coordinator saw itself: how fast each account
// proved to be by verified work over the time in which it held leases, and how long it was there. No
// word of a contributor's about its speed is in it.
import { assert } from '#protocol/errors.ts';

/** By the coordinator's clock, of all sessions of an account together. */
export interface Presence {
  /** With a lease in hand. */
  busyMs: number;
  /** Asked for a unit, was told that there is none, and came back when it was told to. */
  waitingMs: number;
}

/** Of an account's last day, this epoch included. */
export interface ProvenDay extends Presence {
  /** Multiply-adds of its results that became accepted. */
  verified: bigint;
}

/** A day's waiting counts up to so many times the time at work that proved the speed. */
const waitingPerBusyMax = 8;

/** A speed is believed from so much time at work on. */
const busyMsMin = 60_000;

/** Multiply-adds that the account would have done in the epoch, had there been work all the while. */
export function capacityOf({ busyMs, waitingMs }: Presence, day: ProvenDay): bigint {
  const times = [busyMs, waitingMs, day.busyMs, day.waitingMs];
  assert(
    times.every((ms) => Number.isSafeInteger(ms) && ms >= 0),
    'times are whole milliseconds',
  );
  assert(busyMs <= day.busyMs && waitingMs <= day.waitingMs, 'the epoch is part of the day');
  if (day.busyMs < busyMsMin || day.verified === 0n) return 0n;
  const counted = BigInt(Math.min(day.waitingMs, waitingPerBusyMax * day.busyMs));
  const dayWaiting = BigInt(Math.max(day.waitingMs, 1));
  const online = BigInt(busyMs) * dayWaiting + BigInt(waitingMs) * counted;
  return (day.verified * online) / (BigInt(day.busyMs) * dayWaiting);
}
