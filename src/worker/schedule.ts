// When the next call to the coordinator is due, and for how many units it asks: enough work ahead
// of the lanes, results in bunches, and no call more than the coordinator wants.
import { limits } from '#protocol/limits.ts';
import type { WorkAnswer } from '#protocol/wire.ts';
import type { Environment } from './environment.ts';
import type { Exchange } from './exchange.ts';

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
/** The coordinator has spread the waits that it tells, and the page has shown them: no more is added. */
const toldSpreadMsMax = 1_000;
/** After the last unit of a counted run: how long its verdicts are awaited. */
const settleMsMax = 180_000;
/** Leases that came and could not be used: asked again no sooner. */
const brokenMs = 1_000;
/** A unit held by a pause goes back so long before its lease ends. */
export const returnMs = 5_000;

/** What the schedule asks of the run, at the time of asking. */
interface ScheduleView {
  /** Whether it wants units at all. */
  isAsking(): boolean;
  /** Whether a pause holds what is on the devices. */
  isHolding(): boolean;
  /** Units that this run may still finish; Infinity without a limit. */
  unitsLeft(): number;
  /** What a unit takes on one lane; null while nothing tells. */
  unitMs(): number | null;
  /** Share of the unit that each lane has done, 0 to 1; 1 for a lane without one. */
  shares(): number[];
}

export class Schedule {
  /** Calls in a row that failed. */
  failures = 0;
  readonly #environment: Environment;
  readonly #exchange: Exchange;
  readonly #view: ScheduleView;
  #calledAt = Number.NEGATIVE_INFINITY;
  /** Not before this: what the coordinator, or a dead network, asks for. */
  #askAt = Number.NEGATIVE_INFINITY;
  #callAt = Number.NEGATIVE_INFINITY;
  #settleBy: number | null = null;
  #isHurried = false;

  constructor(environment: Environment, exchange: Exchange, view: ScheduleView) {
    this.#environment = environment;
    this.#exchange = exchange;
    this.#view = view;
  }

  get #now(): number {
    return this.#environment.clock.now();
  }

  /** Until the next call; Infinity when only a bell can make one due. */
  waitMs(): number {
    return this.#nextCallAt() - this.#now;
  }

  /** @returns the units that a call made now asks for */
  begin(): number {
    this.#calledAt = this.#now;
    this.#isHurried = false;
    return this.#calledAt >= this.#askAt ? this.#wanted() : 0;
  }

  /** @returns how long no call is made */
  failed(): number {
    this.failures++;
    const wait = this.#jitter(Math.min(backoffMs * 2 ** this.failures, backoffMaxMs));
    this.#callAt = this.#now + wait;
    return wait;
  }

  /** The network is there again, or in doubt: the next call waits no longer. */
  hurry(): void {
    this.#callAt = Math.min(this.#callAt, this.#now);
    this.#isHurried = true;
  }

  answered({ leases, retryAfterMs }: WorkAnswer, asked: number): void {
    this.failures = 0;
    this.#callAt = this.#calledAt + callMsMin;
    if (asked === 0) return;
    if (leases.length === 0) {
      this.#askAt = this.#now + this.#told(Math.max(retryAfterMs, askMsMin));
    } else if (this.#isIdle()) {
      this.#askAt = this.#now + this.#jitter(brokenMs);
    }
  }

  /** Whether a counted run is over: all computed, sent, and its verdicts known or waited for. */
  isDone(): boolean {
    const { unsent, awaiting, returns } = this.#exchange;
    if (this.#view.unitsLeft() > 0 || !this.#isIdle()) return false;
    if (unsent + returns > 0) return false;
    this.#settleBy ??= this.#now + settleMsMax;
    return awaiting === 0 || this.#now >= this.#settleBy;
  }

  #isIdle(): boolean {
    return this.#exchange.running.size === 0 && this.#exchange.queue.length === 0;
  }

  /** Never earlier than asked: a quarter more at most, so that tabs do not return as one. */
  #jitter(ms: number): number {
    return ms * (1 + 0.25 * this.#environment.random());
  }

  #told(ms: number): number {
    return Math.min(this.#jitter(ms), ms + toldSpreadMsMax);
  }

  /** Units to ask for now: enough for aheadMs, asked for in bunches, and late by a slow device. */
  #wanted(): number {
    const { queue, running } = this.#exchange;
    if (!this.#view.isAsking()) return 0;
    const unitMs = this.#view.unitMs();
    const shares = this.#view.shares();
    const left = Math.max(0, this.#view.unitsLeft() - queue.length - running.size);
    if (unitMs === null) return Math.min(shares.length - running.size - queue.length, left);
    const ahead = unitsAhead(unitMs, shares, queue.length);
    return Math.min(ahead, limits.workLeasesMax - queue.length, left);
  }

  /** By the monotonic clock. */
  #nextCallAt(): number {
    const { unsent, awaiting, returns, running } = this.#exchange;
    let at = Number.POSITIVE_INFINITY;
    const isFirst = this.#calledAt === Number.NEGATIVE_INFINITY;
    if (isFirst || this.#isHurried || returns > 0) at = this.#callAt;
    if (this.#wanted() > 0) at = Math.min(at, this.#askAt);
    if (unsent > 0) at = Math.min(at, this.#isIdle() ? this.#callAt : this.#calledAt + submitMs);
    if (awaiting > 0) {
      const retry = this.#exchange.lastAnswer?.retryAfterMs ?? 0;
      at = Math.min(at, this.#calledAt + Math.max(pollMs, retry));
    }
    if (this.#view.isHolding()) {
      for (const { endsAt } of running) at = Math.min(at, endsAt - returnMs);
    }
    if (this.#settleBy !== null) at = Math.min(at, this.#settleBy);
    return Math.max(at, this.#callAt);
  }
}

/**
 * How many units more keep every lane at work for aheadMs; 0 while none would starve before
 * askBelowMs, or while most of them are there, so that they are asked for in bunches.
 * @param unitMs what a unit takes on one lane
 * @param shares of the unit that each lane has done; 1 for a lane without one
 */
export function unitsAhead(unitMs: number, shares: readonly number[], queued: number): number {
  const busy = shares.map((share) => unitMs * (1 - share));
  if (freeAfter(busy, queued, unitMs) >= askBelowMs) return 0;
  // What the first lane to be free still does is no work ahead.
  const first = busy.indexOf(Math.min(...busy));
  const rest = busy.with(first, 0);
  let ahead = 0;
  while (freeAfter(rest, queued + ahead, unitMs) < aheadMs && ahead < limits.workLeasesMax) ahead++;
  return queued > ahead ? 0 : ahead;
}

/** When the first lane is free, if each of the units goes to the lane that is free first then. */
function freeAfter(busy: readonly number[], units: number, unitMs: number): number {
  const freeAt = busy.toSorted((a, b) => a - b);
  for (let unit = 0; unit < units; unit++) {
    freeAt[0] += unitMs;
    freeAt.sort((a, b) => a - b);
  }
  return freeAt[0];
}
