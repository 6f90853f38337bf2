// The one call of a contributor, POST /v1/work: results and returns go out, verdicts and leases
// come in. Here are the queue of leases, the outbox, and when the next call is due.
import type { StoredResult } from '#cache/database.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { UnitInput } from '#protocol/unit.ts';
import type { Lease, ReturnedLease, WorkAnswer, WorkCall, WorkRequest } from '#protocol/wire.ts';
import { readLeaseInput } from './answers.ts';
import type { Board } from './board.ts';
import { chooseAwaiting } from './choose-awaiting.ts';
import { chooseResults, inOrder, malformed } from './choose-results.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import { heardCounter } from './heard-counter.ts';
import { heldModels } from './held-models.ts';
import type { Session } from './session.ts';

/** Finished results of other accounts of this browser, kept for their next start. */
const resultsOfOthersMax = 256;
/** Leases computed lately that are remembered: no answer that crosses a result is older. */
const finishedMax = 256;

export interface HeldLease {
  lease: Lease;
  /** Null for a bounded unit, which is read by the code that computes it. */
  input: UnitInput | null;
  /** By the monotonic clock, which may stand still while the machine sleeps; and by the other. */
  endsAt: number;
  endsAtWallMs: number;
}

export interface Want {
  units: number;
  speed: number;
  /** A project's id; null for any. */
  project: string | null;
  /** The adapter class of bounded units; null or missing where none are taken. */
  bounded?: string | null;
}

/** Why an account or a session gets no unit more, whatever it does: the run ends. */
const endings = ['account/suspended', 'account/bound', 'consent/expired', 'consent/withdrawn'];

export class Exchange {
  /** Waiting for the device, the oldest first. */
  readonly queue: HeldLease[] = [];
  /** On the devices, in the order in which they began. */
  readonly running = new Set<HeldLease>();
  /** Finished, not yet acknowledged. */
  unsent = 0;
  /** Sent, verdict not known. */
  awaiting = 0;
  /** Results that the coordinator has taken from this run. */
  sent = 0;
  lastAnswer: WorkAnswer | null = null;
  readonly session: Session;
  readonly #environment: Environment;
  readonly #coordinator: Coordinator;
  readonly #board: Board;
  #returns: ReturnedLease[] = [];
  #turn = 0;
  /** Leases computed last: one that is sent again has crossed its own result. */
  readonly #finished = new Set<string>();

  constructor(
    {
      environment,
      coordinator,
      board,
    }: {
      environment: Environment;
      coordinator: Coordinator;
      board: Board;
    },
    session: Session,
  ) {
    this.#environment = environment;
    this.#coordinator = coordinator;
    this.#board = board;
    this.session = session;
  }

  get returns(): number {
    return this.#returns.length;
  }

  /** Takes up the outbox of an earlier visit; what is another account's waits for its return. */
  async open(): Promise<void> {
    const { store } = this.#environment;
    const others = (await store.results()).filter((one) => one.account !== this.session.account);
    const tooMany = others.slice(0, Math.max(0, others.length - resultsOfOthersMax));
    await store.removeResults(tooMany.map(({ lease }) => lease));
    this.#count(await this.#outbox());
  }

  /** Keeps a finished result until the coordinator has it. */
  async finish(finished: Omit<StoredResult, 'order'>): Promise<void> {
    const { store } = this.#environment;
    const result = { ...finished, order: await store.increment('finished', 0) };
    await store.putResult(result);
    this.#finished.add(result.lease);
    if (this.#finished.size > finishedMax) {
      const [oldest] = this.#finished;
      this.#finished.delete(oldest);
    }
    // In one step: a unit that is neither running nor counted would be asked for once more.
    for (const held of this.running) {
      if (held.lease.lease === result.lease) this.running.delete(held);
    }
    this.unsent++;
    const { units, rows } = this.#board.status;
    this.#board.update({ outbox: this.unsent, units: units + 1, rows: rows + result.rows });
  }

  giveBack(lease: string, reason: ReturnedLease['reason'], detail = ''): void {
    this.#returns.push({ lease, reason, detail: detail.slice(0, limits.textBytesMax / 4) });
  }

  /** A call that hands back everything, sealed ahead; null while there is nothing. */
  async sealReturns(): Promise<WorkCall | null> {
    const held = this.#held().map(({ lease: { lease } }) => stopped(lease));
    const returns = [...this.#returns, ...held].slice(0, limits.workReturnsMax);
    if (returns.length === 0) return null;
    const want = { units: 0, models: [], speed: 0, project: null };
    return this.session.sealFarewell({
      kind: 'work',
      results: [],
      returns,
      holding: [],
      awaiting: [],
      want,
    });
  }

  /** Everything that is held goes back with the next call. */
  giveBackAll(reason: ReturnedLease['reason'], detail = ''): void {
    this.giveBackQueue(reason, detail);
    for (const { lease } of this.running) this.giveBack(lease.lease, reason, detail);
    this.running.clear();
  }

  giveBackQueue(reason: ReturnedLease['reason'], detail = ''): void {
    for (const { lease } of this.queue) this.giveBack(lease.lease, reason, detail);
    this.queue.length = 0;
  }

  /** The next lease that still runs; one that ran out in the queue is the coordinator's again. */
  take(): HeldLease | null {
    let next = this.queue.shift();
    while (next && !this.isInTime(next)) next = this.queue.shift();
    if (next) this.running.add(next);
    return next ?? null;
  }

  /** For another device: the one that had it is lost. */
  putBack(held: HeldLease): void {
    if (this.running.delete(held) && this.isInTime(held)) this.queue.unshift(held);
  }

  /** @param marginMs before its end */
  isInTime(held: HeldLease, marginMs = 0): boolean {
    const { clock } = this.#environment;
    return clock.now() + marginMs < held.endsAt && clock.wallMs() + marginMs < held.endsAtWallMs;
  }

  /**
   * One call.
   * @throws account/suspended, and what Coordinator.work throws; nothing is lost then
   */
  async call(want: Want, signal: AbortSignal): Promise<void> {
    const { store } = this.#environment;
    // Before the outbox is read: a unit that finishes meanwhile is then in both, never in neither,
    // and a lease that is in neither would be sent again.
    const holding = new Set(this.#held().map(({ lease }) => lease.lease));
    const returns = this.#returns.slice(0, limits.workReturnsMax);
    const stored = await this.#outbox();
    const sending = chooseResults(stored);
    const awaiting: string[] = [];
    for (const { lease, result } of stored) {
      if (result) holding.add(lease);
      else awaiting.push(lease);
    }
    for (const { lease } of sending) holding.delete(lease);
    const models = (await heldModels(store)).map(fromHex);
    const request: WorkRequest = {
      kind: 'work',
      results: sending.flatMap(({ result }) => (result ? [result] : [])),
      returns,
      holding: [...holding].slice(0, limits.workHoldingMax),
      awaiting: chooseAwaiting(awaiting, this.#turn++),
      want: { ...want, models },
    };
    const answer = await this.#send(request, signal);
    this.sent += sending.length;
    this.#returns = this.#returns.filter((one) => !returns.includes(one));
    await this.#applyVerdicts(answer, stored, sending);
    // Nobody fills this tab's memory with units that it did not ask for.
    if (answer.leases.length > want.units) throw malformed('gave units that nobody asked for');
    this.#applyLeases(answer);
    this.lastAnswer = answer;
    this.#show(answer);
    const { reason } = answer;
    if (reason && endings.includes(reason.code) && this.unsent === 0) {
      throw new IdlewildError(reason.code, reason.message);
    }
  }

  /**
   * A farewell of an earlier visit, or a call of the account's, may have been heard first. Whoever has
   * heard this counter says up to which: over it the call is made again, once, and the next one later.
   */
  async #send(request: WorkRequest, signal: AbortSignal, isAgain = false): Promise<WorkAnswer> {
    try {
      return await this.#coordinator.work(await this.session.sealCall(request), signal);
    } catch (thrown) {
      const error = toIdlewildError(thrown);
      const heard = heardCounter(error);
      if (heard === null) throw error;
      this.session.raise(heard);
      if (isAgain) throw error;
      return this.#send(request, signal, true);
    }
  }

  #show({ totals, batch, leases, retryAfterMs }: WorkAnswer): void {
    this.#board.update({ totals, retryAfterMs: leases.length > 0 ? 0 : retryAfterMs });
    const isIdle = this.running.size === 0 && this.queue.length === 0;
    // Progress that nobody tells any more is worse than none.
    if (batch) this.#board.update({ batch, project: batch.project });
    else if (isIdle) this.#board.update({ batch: null });
  }

  async #applyVerdicts(
    answer: WorkAnswer,
    stored: StoredResult[],
    sent: StoredResult[],
  ): Promise<void> {
    const { store } = this.#environment;
    const known = new Map(stored.map((one) => [one.lease, one]));
    const settled: string[] = [];
    for (const news of inOrder(answer.verdicts, sent)) {
      const one = known.get(news.lease);
      if (!one) continue;
      this.#board.verdict(news, { unit: toHex(one.unit), rows: one.rows });
      if (news.state !== 'pending') settled.push(news.lease);
      else if (one.result) await store.putResult({ ...one, result: null });
    }
    if (settled.length > 0) await store.removeResults(settled);
    this.#count(await this.#outbox());
  }

  #applyLeases(answer: WorkAnswer): void {
    const { clock } = this.#environment;
    const now = clock.now();
    const wallMs = clock.wallMs();
    const held = new Set(this.#held().map(({ lease }) => lease.lease));
    for (const lease of answer.leases) {
      if (held.has(lease.lease) || this.#finished.has(lease.lease)) continue;
      held.add(lease.lease);
      try {
        const input = readLeaseInput(lease);
        const { leaseMs } = lease;
        this.queue.push({ lease, input, endsAt: now + leaseMs, endsAtWallMs: wallMs + leaseMs });
      } catch (thrown) {
        const { code, shortMessage } = toIdlewildError(thrown);
        this.giveBack(lease.lease, 'broken-input', `${code}: ${shortMessage}`);
      }
    }
  }

  #held(): HeldLease[] {
    return [...this.running, ...this.queue];
  }

  /** This account's results, of whichever session. */
  async #outbox(): Promise<StoredResult[]> {
    const results = await this.#environment.store.results();
    return results.filter(({ account }) => account === this.session.account);
  }

  #count(results: StoredResult[]): void {
    this.unsent = results.filter(({ result }) => result !== null).length;
    this.awaiting = results.length - this.unsent;
    this.#board.update({ outbox: this.unsent });
  }
}

function stopped(lease: string): ReturnedLease {
  return { lease, reason: 'stopped', detail: 'The page went.' };
}

/** A session that the coordinator does not know, or no longer: a new grant may mend it. */
export function isSessionRefused(thrown: unknown): boolean {
  return thrown instanceof IdlewildError && thrown.code.startsWith('session/');
}
