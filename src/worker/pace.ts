// How hard the device works: called between slices, it lets messages in, sleeps for the duty
// cycle by the time that was really spent, and holds while the visitor has paused.
//
//   begin → working → (step → resting → working)* → end → resting until the next begin
//
// All that happens while working counts as work, also what signs and hashes between the slices.
import { Bell, withController } from './bell.ts';
import { DutyAccount } from './duty-account.ts';
import type { Clock } from './environment.ts';
import { nextShare } from './yield-share.ts';

/** Slices may be far shorter; a macrotask for each would cost more than it gives. */
const breathMs = 10;
/** Timers are no finer; a shorter rest is owed until it has grown. */
const restMsMin = 2;
const levelMin = 5;
const levelMax = 100;
/** What is left of the level when the page's frames suffer for long. */
const dutyMin = 0.01;

export class Pace {
  /** Milliseconds held by pause in the unit now on the device. */
  heldMs = 0;
  readonly #clock: Clock;
  readonly #account = new DutyAccount();
  readonly #resumed = new Bell();
  #level: number;
  #share = 1;
  #paused = false;
  #isWorking = false;
  /** Until when the account is kept. */
  #keptTo: number;
  #sliceStart = 0;
  /** Ends the rest that is under way, whose length a new duty changes. */
  #rest: AbortController | null = null;

  /** @param dutyPercent share of time spent computing, 5 to 100 */
  constructor(clock: Clock, dutyPercent: number) {
    this.#clock = clock;
    this.#level = dutyPercent;
    this.#keptTo = clock.now();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The visitor's level. */
  get dutyPercent(): number {
    return this.#level;
  }

  set dutyPercent(percent: number) {
    this.#change(() => {
      this.#level = percent;
    });
  }

  /** Whether the device computes less than its level, for the sake of the page. */
  get isYielding(): boolean {
    return this.#share < 1;
  }

  /** Share of the time that computes, 0.01 to 1. */
  get duty(): number {
    const level = Math.min(levelMax, Math.max(levelMin, this.#level)) / 100;
    return Math.max(dutyMin, level * this.#share);
  }

  /** @param lateShare as in nextShare */
  tellFrames(lateShare: number | null): void {
    const share = nextShare(this.#share, lateShare);
    if (share !== this.#share) {
      this.#change(() => {
        this.#share = share;
      });
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#resumed.ring();
  }

  /** Before a unit's first slice, and before other work of the device. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#restAsOwed(signal);
    this.heldMs = 0;
  }

  /** Between slices. @throws the signal's reason, to end the unit */
  async step(signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#sliceStart < breathMs && !this.#paused) return;
    await this.#clock.breathe();
    signal.throwIfAborted();
    await this.#restAsOwed(signal);
  }

  /** After a unit, whatever became of it. */
  end(): void {
    this.#turn(false);
  }

  async #restAsOwed(signal: AbortSignal): Promise<void> {
    this.#turn(false);
    for (;;) {
      await this.#hold(signal);
      const owedMs = this.#account.owedMs(this.duty);
      if (owedMs < restMsMin) break;
      await this.#sleep(owedMs, signal);
      this.#keep();
    }
    this.#turn(true);
    this.#sliceStart = this.#clock.now();
  }

  async #hold(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#paused) return;
    const start = this.#clock.now();
    while (this.#paused) await this.#resumed.wait(signal);
    signal.throwIfAborted();
    this.#keep();
    this.heldMs += this.#clock.now() - start;
  }

  /** Until the time is over, or the duty is another. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await withController(signal, async (rest) => {
      this.#rest = rest;
      await this.#clock.sleep(ms, rest.signal).catch(() => signal.throwIfAborted());
    });
    this.#rest = null;
  }

  #change(change: () => void): void {
    this.#keep();
    change();
    this.#rest?.abort();
  }

  #turn(isWorking: boolean): void {
    this.#keep();
    this.#isWorking = isWorking;
  }

  /** Books the time since the last entry. */
  #keep(): void {
    const now = this.#clock.now();
    const ms = now - this.#keptTo;
    this.#keptTo = now;
    if (this.#isWorking) this.#account.work(ms, this.duty);
    else this.#account.rest(ms, this.duty);
  }
}
