// How hard one lane works: called between slices, it lets messages in, sleeps for the duty cycle by
// the time that was really spent, and holds while there is a reason to pause.
//
//   begin → working → (step → resting → working)* → end → resting until the next begin
//
// All that happens while working counts as work, also what signs and hashes between the slices.
import { withController } from './bell.ts';
import { DutyAccount } from './duty-account.ts';
import type { DutyMeter } from './duty-meter.ts';
import type { Clock } from './environment.ts';
import type { Level } from './level.ts';
import type { Pauses } from './pauses.ts';

/** Slices may be far shorter; a macrotask for each would cost more than it gives. */
const breathMs = 10;
/** Timers are no finer; a shorter rest is owed until it has grown. */
const restMsMin = 2;

export interface PaceParts {
  clock: Clock;
  level: Level;
  pauses: Pauses;
  meter: DutyMeter;
}

export class Pace {
  /** Milliseconds held by pauses in the unit now on the device. */
  heldMs = 0;
  readonly #parts: PaceParts;
  readonly #account = new DutyAccount();
  #isWorking = false;
  /** Until when the account is kept. */
  #keptTo: number;
  #sliceStart = 0;
  /** Ends the rest that is under way, whose length a new duty changes. */
  #rest: AbortController | null = null;
  readonly #leave: () => void;

  constructor(parts: PaceParts) {
    this.#parts = parts;
    this.#keptTo = parts.clock.now();
    this.#leave = parts.level.keepBooks({
      close: () => this.#keep(),
      changed: () => this.#rest?.abort(),
    });
  }

  /** When its lane is gone. */
  close(): void {
    this.end();
    this.#leave();
  }

  /** Before a unit's first slice, and before other work of the device. */
  async begin(signal: AbortSignal): Promise<void> {
    await this.#restAsOwed(signal);
    this.heldMs = 0;
  }

  /** Between slices. @throws the signal's reason, to end the unit */
  async step(signal: AbortSignal): Promise<void> {
    const { clock, pauses } = this.#parts;
    if (clock.now() - this.#sliceStart < breathMs && pauses.isEmpty) return;
    await clock.breathe();
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
      const owedMs = this.#account.owedMs(this.#parts.level.duty);
      if (owedMs < restMsMin) break;
      await this.#sleep(owedMs, signal);
      this.#keep();
    }
    this.#turn(true);
    this.#sliceStart = this.#parts.clock.now();
  }

  async #hold(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { clock, pauses } = this.#parts;
    if (pauses.isEmpty) return;
    const start = clock.now();
    await pauses.wait(signal);
    signal.throwIfAborted();
    this.#keep();
    this.heldMs += clock.now() - start;
  }

  /** Until the time is over, or the duty is another. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await withController(signal, async (rest) => {
      this.#rest = rest;
      await this.#parts.clock.sleep(ms, rest.signal).catch(() => signal.throwIfAborted());
    });
    this.#rest = null;
  }

  #turn(isWorking: boolean): void {
    this.#keep();
    this.#isWorking = isWorking;
  }

  /** Books the time since the last entry. */
  #keep(): void {
    const { clock, level, meter } = this.#parts;
    const now = clock.now();
    const ms = now - this.#keptTo;
    this.#keptTo = now;
    if (this.#isWorking) {
      this.#account.work(ms, level.duty);
      meter.add(ms, now);
    } else this.#account.rest(ms, level.duty);
  }
}
