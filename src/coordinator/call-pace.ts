// How long those wait who were given nothing: as short as their number allows. Each call books its
// caller's next one, and so many a second are booked at most; beyond that, further away.

/**
 * Idle calls of one process, near which the waits hold them: 200 are a sixth of a core (docs/scale.md).
 * As many for those who wait for a verdict or a partner.
 */
export const waitingCallsPerSecondMax = 200;
/**
 * The longest wait, before its spread of a quarter: past 60,000 idle, calls grow with their number
 * again. With spread it must stay below waits.leaverMs, past which a contributor counts as gone.
 */
export const retryMsMax = 5 * 60_000;

export interface CallPace {
  /**
   * @param caller a session, the same object each time
   * @param waitMsMin what it is told while few wait
   * @returns milliseconds; a quarter more or less, so that many do not come at once
   */
  waitMs(caller: object, waitMsMin: number): number;
}

export interface CallPaceOptions {
  callsPerSecondMax: number;
  waitMsMax: number;
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

export function createCallPace(options: CallPaceOptions): CallPace {
  const { callsPerSecondMax, waitMsMax, now, random } = options;
  const stepMs = 1000 / callsPerSecondMax;
  /** Up to here all calls are booked. It stands still while time goes on, should few call. */
  let bookedUntil = Number.NEGATIVE_INFINITY;
  /** When each was told to come. Who comes before that holds a booking, and is given no second. */
  const dueAt = new WeakMap<object, number>();

  function book(at: number): number {
    bookedUntil = Math.min(Math.max(bookedUntil, at) + stepMs, at + waitMsMax);
    return bookedUntil - at;
  }

  return {
    waitMs(caller, waitMsMin) {
      const at = now();
      const spread = 0.75 + random() / 2;
      const leftMs = Math.min((dueAt.get(caller) ?? at) - at, waitMsMax);
      const wait =
        leftMs > 0 ? Math.max(leftMs, waitMsMin * spread) : Math.max(book(at), waitMsMin) * spread;
      dueAt.set(caller, at + wait);
      return Math.round(wait);
    },
  };
}
