// A clock that stands still until the test moves it. Promises and messages go on all the while, and
// it waits for what other threads compute: keys and signatures take no time by this clock.
import { createHook } from 'node:async_hooks';
// These are loaded when they are first needed, which would take this clock's time.
import 'viem/accounts';
import '#worker/log-watch.ts';
import '#worker/look-at-log.ts';
import type { Clock } from '#worker/environment.ts';

/** Macrotasks given to everything else after each step: what can happen without time does. */
const turnsPerStep = 3;
/** Work that Node has given to its thread pool, such as SIGNREQUEST, HASHREQUEST, FSREQPROMISE. */
const requests = new Set<number>();
createHook({
  init: (id, type) => void (/REQ/.test(type) && requests.add(id)),
  after: (id) => void requests.delete(id),
  destroy: (id) => void requests.delete(id),
}).enable();
const stepMs = 10;
const patienceMs = 120_000;

export class ManualClock implements Clock {
  #time = 0;
  readonly #sleepers = new Set<{ at: number; wake(): void }>();

  now = () => this.#time;
  wallMs = () => this.#time;
  breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const fail = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', fail);
        resolve();
      };
      const sleeper = { at: this.#time + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', fail, { once: true });
    });

  /** What was computed took so long: nobody wakes before the next step. */
  spend(ms: number): void {
    this.#time += ms;
  }

  async advance(ms: number): Promise<void> {
    for (const end = this.#time + ms; this.#time < end; ) {
      this.#time = Math.min(end, this.#time + stepMs);
      await this.#turn();
    }
  }

  /** Moves on until it is so. */
  async until(isIt: () => boolean): Promise<void> {
    const end = this.#time + patienceMs;
    while (!isIt()) {
      if (this.#time > end) throw new Error(`It did not happen within ${patienceMs} ms.`);
      await this.advance(stepMs);
    }
  }

  /** Moves on until the promise is settled. @returns the milliseconds that it took */
  async pass(promise: Promise<unknown>): Promise<number> {
    const start = this.#time;
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.#turn();
    await this.until(() => isSettled);
    return this.#time - start;
  }

  async #turn(): Promise<void> {
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at > this.#time) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    do {
      for (let turn = 0; turn < turnsPerStep; turn++) await this.breathe();
    } while (requests.size > 0);
  }
}
