// One run, from Start to Stop: the device computes, the exchange talks, side by side. Between them
// only the queue, the outbox and two bells. Here is when a call is due and what it asks for.
import { toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { abortable, Bell } from './bell.ts';
import type { Board } from './board.ts';
import { Compute } from './compute.ts';
import type { Coordinator } from './coordinator.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { Exchange, isSessionRefused } from './exchange.ts';
import { Meter } from './meter.ts';
import { Models } from './models.ts';
import type { Pace } from './pace.ts';
import type { Session } from './session.ts';
import type { Phase } from './status.ts';

/** Work that the queue holds ahead of the device, and below which it asks again. */
const aheadMs = 2_000;
const askBelowMs = 1_000;
/** Results wait so long for company, while the device is busy. */
const submitMs = 1_000;
/** A pending verdict is asked for no more often. */
const pollMs = 2_000;
/** Whatever the coordinator says: no more calls a second than 20, no more questions than 4. */
const callMsMin = 50;
const askMsMin = 250;
const backoffMs = 500;
const backoffMaxMs = 60_000;
/** After the last unit of a counted run: how long its verdicts are awaited. */
const settleMsMax = 180_000;
/** Stop promises a second; the farewell must fit, and first the answer that is on its way. */
const farewellMs = 800;
const lastAnswerMs = 400;
/** Leases that came and could not be used: asked again no sooner. */
const brokenMs = 1_000;
/** A unit held by a pause goes back so long before its lease ends. */
const returnMs = 5_000;
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
  readonly #parts: RunParts;
  readonly #exchange: Exchange;
  readonly #compute: Compute;
  readonly #models: Models;
  readonly #meter = new Meter();
  /** Rung by the device for the exchange, and the other way round. */
  readonly #due = new Bell();
  readonly #arrived = new Bell();
  readonly #unitsAtStart: number;
  #calledAt = Number.NEGATIVE_INFINITY;
  /** Not before this: what the coordinator, or a dead network, asks for. */
  #askAt = Number.NEGATIVE_INFINITY;
  #callAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** Why the last question for work brought none, in the coordinator's words. */
  #reason: string | null = null;
  #settleBy: number | null = null;
  /** The call that is under way. */
  #calling: Promise<void> | null = null;
  readonly #cut = new AbortController();

  constructor(parts: RunParts, session: Session) {
    this.#parts = parts;
    const { environment, coordinator, device, board, pace } = parts;
    this.#exchange = new Exchange({ environment, coordinator, board }, session);
    this.#models = new Models({ environment, coordinator, device, board });
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
    const { environment } = this.#parts;
    await this.#exchange.open();
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const compute = this.#compute.run(both, this.#arrived);
    compute.catch(() => {});
    try {
      return await Promise.race([this.#talk(both), compute.then(() => 'done' as const)]);
    } catch (thrown) {
      if (!signal.aborted && isSessionRefused(thrown)) return 'session-refused';
      throw thrown;
    } finally {
      ended.abort();
      // Side by side: a device that takes long to end must not keep the leases, nor Stop.
      const late = environment.clock.sleep(farewellMs);
      await Promise.all([this.#farewell(), Promise.race([compute.catch(() => {}), late])]);
      this.#cut.abort();
      this.#models.drop();
    }
  }

  /** Hands back what is held and sends what is finished, as well as it can in this time. */
  async #farewell(): Promise<void> {
    const late = AbortSignal.timeout(farewellMs);
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
    }
  }

  get #speed(): number {
    const { device, pace } = this.#parts;
    return Math.round(this.#meter.multiplyAddsPerSecond || device.speed * pace.duty);
  }

  async #talk(signal: AbortSignal): Promise<'done'> {
    const { clock } = this.#parts.environment;
    for (;;) {
      signal.throwIfAborted();
      if (this.#isDone()) return 'done';
      const waitMs = this.#nextCallAt() - clock.now();
      if (waitMs > 0) {
        await this.#waitFor(waitMs, signal);
        continue;
      }
      await this.#call(signal);
    }
  }

  async #waitFor(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const either = AbortSignal.any([signal, woken.signal]);
    const waits = [this.#due.wait(either)];
    if (Number.isFinite(ms)) waits.push(this.#parts.environment.clock.sleep(ms, either));
    for (const wait of waits) wait.catch(() => {});
    try {
      await Promise.race(waits);
    } finally {
      woken.abort();
    }
  }

  async #call(signal: AbortSignal): Promise<void> {
    const { environment } = this.#parts;
    const { clock } = environment;
    const exchange = this.#exchange;
    this.#calledAt = clock.now();
    const units = this.#calledAt >= this.#askAt ? this.#wanted() : 0;
    this.#returnHeld();
    try {
      this.#calling = exchange.call({ units, speed: this.#speed }, this.#cut.signal);
      await abortable(this.#calling, signal);
    } catch (thrown) {
      const error = toIdlewildError(thrown);
      signal.throwIfAborted();
      if (!error.retryable) throw error;
      this.#failures++;
      if (error.code === 'session/counter-stale' && this.#failures >= staleMax) throw error;
      const wait = this.#jitter(Math.min(backoffMs * 2 ** this.#failures, backoffMaxMs));
      this.#callAt = clock.now() + wait;
      this.#parts.board.update({ retryAfterMs: wait });
      if (!exchange.running) this.show('waiting', `Waiting: ${error.shortMessage}`);
      return;
    }
    this.#failures = 0;
    this.#callAt = this.#calledAt + callMsMin;
    const answer = exchange.lastAnswer;
    if (answer && units > 0) this.#reason = answer.reason?.message ?? null;
    if (answer && answer.leases.length === 0 && units > 0) {
      this.#askAt = clock.now() + this.#jitter(Math.max(answer.retryAfterMs, askMsMin));
    } else if (answer && units > 0 && exchange.queue.length === 0 && !exchange.running) {
      this.#reason = 'What came was not what its lease says, and went back.';
      this.#askAt = clock.now() + this.#jitter(brokenMs);
    }
    if (this.#parts.pace.paused) exchange.giveBackQueue('stopped');
    if (exchange.queue.length > 0) this.#arrived.ring();
    else if (!exchange.running) this.#showWaiting();
  }

  /** What a pause would hold beyond its lease. */
  #returnHeld(): void {
    const { running } = this.#exchange;
    const { pace, environment } = this.#parts;
    if (!pace.paused || !running || running.endsAt - returnMs > environment.clock.now()) return;
    this.#exchange.giveBack(running.lease.lease, 'stopped', 'Paused.');
    this.#exchange.running = null;
  }

  /** Never earlier than asked: a quarter more at most, so that tabs do not return as one. */
  #jitter(ms: number): number {
    return ms * (1 + 0.25 * this.#parts.environment.random());
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

  /** Units to ask for now: enough for aheadMs, asked for in bunches, and late by a slow device. */
  #wanted(): number {
    const { queue, running } = this.#exchange;
    if (this.#parts.pace.paused) return 0;
    const unitMs = this.#unitMs();
    if (unitMs === null) return Math.min(1, this.#unitsLeft());
    const target = Math.max(1, Math.min(limits.workLeasesMax, Math.ceil(aheadMs / unitMs)));
    const heldMs = unitMs * (queue.length + (running ? 1 - this.#compute.share : 0));
    if (heldMs >= askBelowMs || queue.length > target / 2) return 0;
    const left = this.#unitsLeft() - queue.length - (running ? 1 : 0);
    return Math.max(0, Math.min(target - queue.length, left));
  }

  /** By the monotonic clock; Infinity when only a bell can make a call due. */
  #nextCallAt(): number {
    const { unsent, awaiting, returns, running, queue } = this.#exchange;
    let at = Number.POSITIVE_INFINITY;
    if (this.#calledAt === Number.NEGATIVE_INFINITY || returns > 0) at = this.#callAt;
    if (this.#wanted() > 0) at = Math.min(at, this.#askAt);
    const isIdle = !running && queue.length === 0;
    if (unsent > 0) at = Math.min(at, isIdle ? this.#callAt : this.#calledAt + submitMs);
    if (awaiting > 0) {
      const retry = this.#exchange.lastAnswer?.retryAfterMs ?? 0;
      at = Math.min(at, this.#calledAt + Math.max(pollMs, retry));
    }
    if (running && this.#parts.pace.paused) at = Math.min(at, running.endsAt - returnMs);
    if (this.#settleBy !== null) at = Math.min(at, this.#settleBy);
    return Math.max(at, this.#callAt);
  }

  #isDone(): boolean {
    const { unsent, awaiting, running, queue, returns } = this.#exchange;
    if (this.#unitsLeft() > 0 || running || queue.length > 0) return false;
    if (unsent + returns > 0) return false;
    const now = this.#parts.environment.clock.now();
    this.#settleBy ??= now + settleMsMax;
    return awaiting === 0 || now >= this.#settleBy;
  }
}
