// Wakes whoever waits: the two loops of the contributor ring it when they leave work for the other.
import type { Clock } from './environment.ts';

export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** @throws the signal's reason when it is aborted first */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', fail);
        resolve();
      };
      const fail = () => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', fail, { once: true });
    });
  }
}

/** Until the bell rings, or so many milliseconds have passed; Infinity waits for the bell alone. */
export async function waitForBell(
  bell: Bell,
  ms: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  await withController(signal, async (woken) => {
    const waits = [bell.wait(woken.signal)];
    if (Number.isFinite(ms)) waits.push(clock.sleep(ms, woken.signal));
    for (const wait of waits) wait.catch(() => {});
    try {
      await Promise.race(waits);
    } finally {
      woken.abort();
    }
  });
}

/** What a wallet is asked may never be answered: Stop ends the wait all the same. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let fail = () => {};
  const aborted = new Promise<never>((_, reject) => {
    fail = () => reject(signal.reason);
    signal.addEventListener('abort', fail, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', fail);
  }
}

/**
 * Runs `work` under a controller that the outer signal aborts as well. What AbortSignal.any would
 * do, but nothing stays behind on an outer signal that lives for days.
 */
export async function withController<T>(
  outer: AbortSignal,
  work: (inner: AbortController) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const inner = new AbortController();
  const abort = () => inner.abort(outer.reason);
  outer.addEventListener('abort', abort, { once: true });
  try {
    return await work(inner);
  } finally {
    outer.removeEventListener('abort', abort);
  }
}
