// When the processor is so busy that other programs want it: enters late, so that one busy second
// is none, and leaves later, since the pause itself is what made it idle. Pure.
//
//   low → (serious or critical for enterMs) → high → (nominal or fair for leaveMs) → low
//
// One that comes back soon was our own doing, or will be back again: each stays twice as long.

export type Pressure = 'nominal' | 'fair' | 'serious' | 'critical';

const enterMs = 3_000;
const leaveMs = 15_000;
const leaveMsMax = 600_000;
/** After so long without, the next one is a new one. */
const soonMs = 60_000;

export class PressureGate {
  #isHigh = false;
  /** Since when the browser says the opposite of isHigh; null while it agrees. */
  #turnedAt: number | null = null;
  #leaveMs = leaveMs;
  #leftAt = Number.NEGATIVE_INFINITY;

  /** Whether to pause, at `now` by a monotonic clock in milliseconds. */
  isHighAt(now: number): boolean {
    if (now >= this.nextAt()) {
      const at = this.nextAt();
      this.#isHigh = !this.#isHigh;
      this.#turnedAt = null;
      if (!this.#isHigh) this.#leftAt = at;
      else if (at - this.#leftAt < soonMs) this.#leaveMs = Math.min(2 * this.#leaveMs, leaveMsMax);
      else this.#leaveMs = leaveMs;
    }
    return this.#isHigh;
  }

  tell(pressure: Pressure, now: number): void {
    const isHigh = this.isHighAt(now);
    const isTold = pressure === 'serious' || pressure === 'critical';
    if (isTold === isHigh) this.#turnedAt = null;
    else this.#turnedAt ??= now;
  }

  /** When it turns if nothing else is told; Infinity where it does not. */
  nextAt(): number {
    if (this.#turnedAt === null) return Number.POSITIVE_INFINITY;
    return this.#turnedAt + (this.#isHigh ? this.#leaveMs : enterMs);
  }
}
