// The exchange's half of a run: when to call, what to ask for, and what an answer or its absence
// means for what is shown. Everything here goes on while the crew computes.
import { type IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { WorkAnswer } from '#protocol/wire.ts';
import { abortable, type Bell, waitForBell } from './bell.ts';
import type { Crew } from './crew.ts';
import type { Exchange, Want } from './exchange.ts';
import type { LogWatch } from './log-watch.ts';
import type { Meter } from './meter.ts';
import { Offline } from './offline.ts';
import type { RunParts } from './run.ts';
import { returnMs, Schedule } from './schedule.ts';
import type { Saying } from './status.ts';

/** How long the answer of a call that is under way is awaited, and handing back may take. */
const lastAnswerMs = 400;
const leaveMsMax = 5_000;
/** The log is looked at by then, though no result is there yet. */
const firstLookMsMax = 60_000;
/** Refusals of a counter in a row before the session is given up. */
const staleMax = 5;

const asking: Saying = { code: 'waiting/asking', values: {} };

export interface TalkParts extends RunParts {
  exchange: Exchange;
  crew: Crew;
  meter: Meter;
  /** Rung when a call may be due. */
  due: Bell;
  /** Rung when leases have come. */
  arrived: Bell;
  /** Units that this run may still finish; Infinity without a limit. */
  left(): number;
  /** After anything that changes what is shown. */
  onChange(): void;
  /** After a call that was answered. */
  onAnswer(): void;
}

export class Talk {
  readonly #parts: TalkParts;
  readonly #schedule: Schedule;
  readonly #offline: Offline;
  #logWatch: LogWatch | null = null;
  readonly #lookBy: number;
  /** Why the last question for work brought none. */
  #reason: Saying = asking;
  /** The call that is under way. */
  #calling: Promise<void> | null = null;
  readonly #cut = new AbortController();

  constructor(parts: TalkParts) {
    this.#parts = parts;
    const { environment, exchange, crew, board, pacing } = parts;
    this.#lookBy = environment.clock.now() + firstLookMsMax;
    this.#offline = new Offline(environment.signals);
    this.#schedule = new Schedule(environment, exchange, {
      isAsking: () => !board.status.finishing && !this.#isHeldByOthers,
      isHolding: () => !pacing.pauses.isEmpty,
      unitsLeft: () => parts.left(),
      unitMs: () => this.#unitMs(),
      shares: () => crew.shares(),
    });
  }

  /** Why nothing is on a device. */
  get reason(): Saying {
    return this.#parts.left() > 0 ? this.#reason : { code: 'waiting/verdicts', values: {} };
  }

  /** The network came or went, as the browser says. */
  hurry(): void {
    this.#schedule.hurry();
    this.#parts.due.ring();
  }

  /** @returns when a counted run has its verdicts @throws what the run cannot go on after */
  async run(signal: AbortSignal): Promise<'done'> {
    const { environment, due } = this.#parts;
    const { clock } = environment;
    for (;;) {
      signal.throwIfAborted();
      if (this.#schedule.isDone()) return 'done';
      this.judgeNetwork();
      this.#judgeFinish();
      const waitMs = this.#schedule.waitMs();
      if (waitMs > 0) await waitForBell(due, waitMs, { clock, signal });
      else await this.#call(signal);
    }
  }

  /** Hands back what is held and sends what is finished, as well as it can. Never rejects. */
  async goodbye(): Promise<void> {
    const { exchange } = this.#parts;
    const late = AbortSignal.timeout(leaveMsMax);
    try {
      // Leases of a call that is cut off would be lost until they run out: its answer is awaited.
      const answered = this.#calling?.catch(() => {});
      if (answered) await abortable(answered, AbortSignal.timeout(lastAnswerMs)).catch(() => {});
      exchange.giveBackAll('stopped');
      // One call carries limits.workReturnsMax of them.
      do await exchange.call(this.#want(0), late);
      while (exchange.returns > 0);
    } catch {
      // The leases run out by themselves; the results are in the outbox.
    } finally {
      this.#cut.abort();
    }
  }

  async #call(signal: AbortSignal): Promise<void> {
    const { exchange, board, quota, watch, onAnswer } = this.#parts;
    const units = this.#schedule.begin();
    this.#returnHeld();
    try {
      this.#calling = exchange.call(this.#want(units), this.#cut.signal);
      await abortable(this.#calling, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      this.#showFailure(thrown);
      return;
    }
    if (this.#reason.code === 'waiting/error') this.#reason = asking;
    this.tellNetwork(null);
    const answer = exchange.lastAnswer;
    if (answer) this.#take(answer, units);
    const spent = quota.spent();
    if (spent) watch.reach(spent);
    await quota.save();
    board.update({ today: { downloadedBytes: quota.downloadedBytes } });
    this.#place();
    onAnswer();
    if (this.#isLookDue) await this.#lookAtLog(signal);
  }

  /** Not in the way of a first result: it is soon there, or there is nothing to do anyway. */
  get #isLookDue(): boolean {
    const { environment, exchange } = this.#parts;
    const { queue, running, sent } = exchange;
    if (sent > 0 || queue.length + running.size === 0) return true;
    return environment.clock.now() >= this.#lookBy;
  }

  /** @throws log/... when this coordinator is not to be worked for */
  async #lookAtLog(signal: AbortSignal): Promise<void> {
    const { environment, coordinator } = this.#parts;
    // Where its code cannot be fetched now, it can after a later call.
    const part = this.#logWatch ? null : await import('./log-watch.ts').catch(() => null);
    if (part) this.#logWatch = new part.LogWatch(environment, coordinator);
    await this.#logWatch?.look(signal);
  }

  /** What came goes to the crew, or back. */
  #place(): void {
    const { exchange, pacing, board, arrived, onChange } = this.#parts;
    if (!pacing.pauses.isEmpty || board.status.finishing) exchange.giveBackQueue('stopped');
    if (exchange.queue.length > 0) arrived.ring();
    else if (exchange.running.size === 0) onChange();
  }

  #take(answer: WorkAnswer, units: number): void {
    this.#schedule.answered(answer, units);
    if (units === 0) return;
    const { queue, running } = this.#parts.exchange;
    const isBroken = answer.leases.length > 0 && queue.length + running.size === 0;
    this.#reason = isBroken ? { code: 'waiting/broken-work', values: {} } : explain(answer.reason);
  }

  /** @throws what no later call mends */
  #showFailure(thrown: unknown): void {
    const error = toIdlewildError(thrown);
    if (!error.retryable) throw error;
    const retryAfterMs = this.#schedule.failed();
    const isStale = error.code === 'session/counter-stale';
    if (isStale && this.#schedule.failures >= staleMax) throw error;
    this.#parts.board.update({ retryAfterMs });
    const { code, shortMessage: message } = error;
    this.#reason = { code: 'waiting/error', values: { code, message } };
    this.tellNetwork(error);
    if (this.#parts.exchange.running.size === 0) this.#parts.onChange();
  }

  /** What a pause would hold beyond its lease. */
  #returnHeld(): void {
    const { exchange, pacing } = this.#parts;
    if (pacing.pauses.isEmpty) return;
    for (const held of exchange.running) {
      if (exchange.isInTime(held, returnMs)) continue;
      exchange.giveBack(held.lease.lease, 'stopped', 'Paused.');
      exchange.running.delete(held);
    }
  }

  /** @param error of a call or of the fetch of a model; null after one that succeeded */
  tellNetwork(error: IdlewildError | null): void {
    if (error) this.#offline.failed(error.code);
    else this.#offline.answered();
    this.judgeNetwork();
  }

  /** Without a network all that is held is computed first: then it is a reason to pause. */
  judgeNetwork(): void {
    const { exchange, crew, watch } = this.#parts;
    const { queue, running } = exchange;
    const isStuck = crew.isWaiting && (queue.length === 0 || running.size > 0);
    const isPaused = isStuck || this.#isHeldByOthers;
    watch.setOffline(this.#offline.isDead && isPaused);
  }

  get #isHeldByOthers(): boolean {
    return this.#parts.pacing.pauses.list.some((reason) => reason !== 'offline');
  }

  #judgeFinish(): void {
    const { board, watch, exchange } = this.#parts;
    const { running, unsent, returns } = exchange;
    if (!board.status.finishing || running.size > 0) return;
    // What cannot be sent now is in the outbox.
    if (unsent + returns > 0 && this.#schedule.failures === 0) return;
    board.update({ finishing: false });
    watch.press(true);
  }

  #want(units: number): Want {
    const { project } = this.#parts.board.status.settings;
    return { units, speed: this.#speed, project, bounded: this.#parts.crew.boundedClass };
  }

  /** Multiply-adds per second, of all lanes. */
  get #speed(): number {
    const { device, pacing, meter, crew } = this.#parts;
    const guess = (device.speed ?? 0) * pacing.level.duty;
    return Math.round((meter.multiplyAddsPerSecond || guess) * crew.size);
  }

  /** What a unit takes on one lane: measured, or guessed from the cost of one that is held. */
  #unitMs(): number | null {
    const { device, pacing, exchange, meter } = this.#parts;
    const [held = exchange.queue[0]] = exchange.running;
    const speed = (device.speed ?? 0) * pacing.level.duty;
    const guess = held && speed > 0 ? (held.lease.cost * 1000) / speed : null;
    return meter.unitMs ?? guess;
  }
}

function explain(reason: WorkAnswer['reason']): Saying {
  return reason ? { code: 'waiting/reason', values: reason } : asking;
}
