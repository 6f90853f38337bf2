// How hard the device works: called between slices, it lets messages in, sleeps for the duty
// cycle by the time that was really spent, and holds while the visitor has paused.
import { Bell } from './bell.ts';
import type { Clock } from './environment.ts';

/** Slices may be far shorter; a macrotask for each would cost more than it gives. */
const breathMs = 10;
const restMaxMs = 2_000;

export class Pace {
  dutyPercent: number;
  /** Milliseconds held by pause in the unit now on the device. */
  heldMs = 0;
  readonly #clock: Clock;
  readonly #resumed = new Bell();
  #paused = false;
  #busySince = 0;

  constructor(clock: Clock, dutyPercent: number) {
    this.#clock = clock;
    this.dutyPercent = dutyPercent;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Share of the time that computes, 0.05 to 1. */
  get duty(): number {
    return Math.min(100, Math.max(5, this.dutyPercent)) / 100;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resumed.ring();
  }

  /** Before a unit's first slice. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#hold(signal);
    this.heldMs = 0;
    this.#busySince = this.#clock.now();
  }

  /** Between slices. @throws the signal's reason, to end the unit */
  async step(signal: AbortSignal): Promise<void> {
    const busyMs = this.#clock.now() - this.#busySince;
    if (busyMs < breathMs && !this.#paused) return;
    await this.#clock.breathe();
    signal.throwIfAborted();
    const restMs = Math.min(restMaxMs, (busyMs * (1 - this.duty)) / this.duty);
    if (restMs >= 1) await this.#clock.sleep(restMs, signal);
    await this.#hold(signal);
    this.#busySince = this.#clock.now();
  }

  async #hold(signal: AbortSignal): Promise<void> {
    const start = this.#clock.now();
    while (this.#paused) await this.#resumed.wait(signal);
    signal.throwIfAborted();
    this.heldMs += this.#clock.now() - start;
  }
}
