// One run, from Start to Stop: the device computes, the exchange talks, side by side. Between them
// only the queue, the outbox and two bells. The schedule says when a call is due; leaving hands
// back what is held.
import { toIdlewildError } from '#protocol/errors.ts';
import { abortable, Bell, withController } from './bell.ts';
import type { Board } from './board.ts';
import { Compute } from './compute.ts';
import type { Coordinator } from './coordinator.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { Exchange, isSessionRefused } from './exchange.ts';
import { LogWatch } from './log-watch.ts';
import { Meter } from './meter.ts';
import { Models } from './models.ts';
import type { Pace } from './pace.ts';
import { returnMs, Schedule } from './schedule.ts';
import type { Session } from './session.ts';
import type { Phase } from './status.ts';

/**
 * Stop promises a second. A device that is not at rest by then is ended with its encoder; the
 * coordinator's answer is shown if it comes in time, and waited for behind the scenes if not.
 */
const deviceMsMax = 300;
const shownMsMax = 400;
/** How long handing back may go on after Stop was shown, and how long it waits for a last answer. */
const leaveMsMax = 5_000;
const lastAnswerMs = 400;
/** Refusals of a counter in a row before the session is given up. */
const staleMax = 5;

export interface RunParts {
  environment: Environment;
  coordinator: Coordinator;
  device: Device;
  board: Board;
  pace: Pace;
  /** Units that this run may still finish; Infinity without a limit. */
  unitsLeft: number;
}

export class Run {
  /** Resolves when leases and results are handed back, or given up; may be after `work`. */
  left: Promise<void> = Promise.resolve();
  readonly #parts: RunParts;
  readonly #exchange: Exchange;
  readonly #compute: Compute;
  readonly #models: Models;
  readonly #schedule: Schedule;
  readonly #meter = new Meter();
  readonly #logWatch: LogWatch;
  /** Rung by the device for the exchange, and the other way round. */
  readonly #due = new Bell();
  readonly #arrived = new Bell();
  readonly #unitsAtStart: number;
  /** Why the last question for work brought none, in the coordinator's words. */
  #reason: string | null = null;
  /** The call that is under way. */
  #calling: Promise<void> | null = null;
  readonly #cut = new AbortController();

  constructor(parts: RunParts, session: Session) {
    this.#parts = parts;
    const { environment, coordinator, device, board, pace } = parts;
    this.#logWatch = new LogWatch(environment, coordinator);
    this.#exchange = new Exchange({ environment, coordinator, board }, session);
    this.#models = new Models({ environment, coordinator, device, board, pace });
    this.#unitsAtStart = board.status.units;
    this.#compute = new Compute({
      environment,
      exchange: this.#exchange,
      device,
      models: this.#models,
      board,
      meter: this.#meter,
      pace,
      bell: this.#due,
      show: (phase, message) => this.show(phase, message),
    });
    this.#schedule = new Schedule(environment, this.#exchange, {
      isPaused: () => pace.paused,
      unitsLeft: () => this.#unitsLeft(),
      unitMs: () => this.#unitMs(),
      share: () => this.#compute.share,
    });
  }

  /** After a change of the level: what was measured at another says nothing. */
  forgetSpeed(): void {
    this.#meter.clear();
  }

  /** A working phase; behind `paused` while the visitor has paused. */
  show(phase: Phase, message: string): void {
    const { board, pace } = this.#parts;
    if (pace.paused) board.phase('paused', 'Paused.');
    else board.phase(phase, message);
  }

  /** After pause and resume. Nobody else waits for units that a pause holds. */
  refresh(): void {
    const { running } = this.#exchange;
    if (this.#parts.pace.paused) this.#exchange.giveBackQueue('stopped');
    if (running) this.show('working', `Computing for ${running.lease.project}.`);
    else this.#showWaiting();
    this.#due.ring();
  }

  /**
   * @returns `done` when a counted run has its verdicts, `session-refused` when a new grant is due
   * @throws the signal's reason, and what the run cannot go on after
   */
  async work(signal: AbortSignal): Promise<'done' | 'session-refused'> {
    await this.#exchange.open();
    return withController(signal, async (ended) => {
      const compute = this.#compute.run(ended.signal, this.#arrived);
      compute.catch(() => {});
      try {
        const talk = this.#talk(ended.signal);
        return await Promise.race([talk, compute.then(() => 'done' as const)]);
      } catch (thrown) {
        if (!signal.aborted && isSessionRefused(thrown)) return 'session-refused';
        throw thrown;
      } finally {
        ended.abort();
        await this.#leave(compute, signal);
      }
    });
  }

  /** When it returns nothing computes any more. */
  async #leave(compute: Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts.environment;
    const isLate = clock.sleep(shownMsMax);
    const isStuck = clock.sleep(deviceMsMax);
    this.left = this.#farewell();
    const answered = signal.aborted ? Promise.race([this.left, isLate]) : this.left;
    await Promise.all([answered, Promise.race([compute.catch(() => {}), isStuck])]);
    this.#models.drop();
  }

  /** Hands back what is held and sends what is finished, as well as it can. Never rejects. */
  async #farewell(): Promise<void> {
    const late = AbortSignal.timeout(leaveMsMax);
    try {
      // Leases of a call that is cut off would be lost until they run out: its answer is awaited.
      const answered = this.#calling?.catch(() => {});
      if (answered) await abortable(answered, AbortSignal.timeout(lastAnswerMs)).catch(() => {});
      this.#exchange.giveBackAll('stopped');
      // One call carries limits.workReturnsMax of them.
      do await this.#exchange.call({ units: 0, speed: this.#speed }, late);
      while (this.#exchange.returns > 0);
    } catch {
      // The leases run out by themselves; the results are in the outbox.
    } finally {
      this.#cut.abort();
    }
  }

  get #speed(): number {
    const { device, pace } = this.#parts;
    return Math.round(this.#meter.multiplyAddsPerSecond || device.speed * pace.duty);
  }

  async #talk(signal: AbortSignal): Promise<'done'> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#schedule.isDone()) return 'done';
      const waitMs = this.#schedule.waitMs();
      if (waitMs > 0) await this.#waitFor(waitMs, signal);
      else await this.#call(signal);
    }
  }

  async #waitFor(ms: number, signal: AbortSignal): Promise<void> {
    await withController(signal, async (woken) => {
      const waits = [this.#due.wait(woken.signal)];
      if (Number.isFinite(ms)) waits.push(this.#parts.environment.clock.sleep(ms, woken.signal));
      for (const wait of waits) wait.catch(() => {});
      try {
        await Promise.race(waits);
      } finally {
        woken.abort();
      }
    });
  }

  async #call(signal: AbortSignal): Promise<void> {
    const exchange = this.#exchange;
    const units = this.#schedule.begin();
    this.#returnHeld();
    try {
      this.#calling = exchange.call({ units, speed: this.#speed }, this.#cut.signal);
      await abortable(this.#calling, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      this.#showFailure(thrown);
      return;
    }
    const answer = exchange.lastAnswer;
    if (answer) {
      this.#schedule.answered(answer, units);
      if (units > 0) this.#reason = answer.reason?.message ?? null;
      const isBroken = answer.leases.length > 0 && exchange.queue.length === 0 && !exchange.running;
      if (units > 0 && isBroken)
        this.#reason = 'What came was not what its lease says, and went back.';
    }
    if (this.#parts.pace.paused) exchange.giveBackQueue('stopped');
    if (exchange.queue.length > 0) this.#arrived.ring();
    else if (!exchange.running) this.#showWaiting();
    await this.#logWatch.look(signal);
  }

  /** @throws what no later call mends */
  #showFailure(thrown: unknown): void {
    const error = toIdlewildError(thrown);
    if (!error.retryable) throw error;
    const retryAfterMs = this.#schedule.failed();
    const isStale = error.code === 'session/counter-stale';
    if (isStale && this.#schedule.failures >= staleMax) throw error;
    this.#parts.board.update({ retryAfterMs });
    if (!this.#exchange.running) this.show('waiting', `Waiting: ${error.shortMessage}`);
  }

  /** What a pause would hold beyond its lease. */
  #returnHeld(): void {
    const { running } = this.#exchange;
    const { pace, environment } = this.#parts;
    if (!pace.paused || !running || running.endsAt - returnMs > environment.clock.now()) return;
    this.#exchange.giveBack(running.lease.lease, 'stopped', 'Paused.');
    this.#exchange.running = null;
  }

  #showWaiting(): void {
    if (this.#unitsLeft() <= 0) {
      this.show('waiting', 'Waiting: all units of this run are computed, verdicts are due.');
    } else {
      this.show('waiting', `Waiting: ${this.#reason ?? 'asking the coordinator for work.'}`);
    }
  }

  #unitsLeft(): number {
    const { board, unitsLeft } = this.#parts;
    return unitsLeft - (board.status.units - this.#unitsAtStart);
  }

  /** What a unit takes: measured, or guessed from the cost of one that is held. */
  #unitMs(): number | null {
    const { device, pace } = this.#parts;
    const held = this.#exchange.running ?? this.#exchange.queue[0];
    const guess = held ? (held.lease.cost * 1000) / (device.speed * pace.duty) : null;
    return this.#meter.unitMs ?? guess;
  }
}
