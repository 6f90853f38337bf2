// The one call of a contributor, POST /v1/work: results and returns go out, verdicts and leases
// come in. Here are the queue of leases, the outbox, and when the next call is due.
import type { StoredResult } from '#cache/database.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { UnitInput } from '#protocol/unit.ts';
import {
  type Lease,
  type ReturnedLease,
  type VerdictNews,
  WIRE_VERSION,
  type WorkAnswer,
} from '#protocol/wire.ts';
import { readLeaseInput } from './answers.ts';
import type { Board } from './board.ts';
import { chooseAwaiting } from './choose-awaiting.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import type { Session } from './session.ts';

/** Results of one call, so that its body stays below workBodyBytesMax. */
const resultBytesMax = limits.workBodyBytesMax - (1 << 20);
/** Finished results of other accounts of this browser, kept for their next start. */
const resultsOfOthersMax = 256;
/** Leases computed lately that are remembered: no answer that crosses a result is older. */
const finishedMax = 256;
/** A counter that no honest coordinator has heard: following it would end in lost precision. */
const counterMax = 2 ** 40;

export interface HeldLease {
  lease: Lease;
  input: UnitInput;
  /** By the monotonic clock. */
  endsAt: number;
}

export interface Want {
  units: number;
  speed: number;
}

export class Exchange {
  /** Waiting for the device, the oldest first. */
  readonly queue: HeldLease[] = [];
  /** On the device. */
  running: HeldLease | null = null;
  /** Finished, not yet acknowledged. */
  unsent = 0;
  /** Sent, verdict not known. */
  awaiting = 0;
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
  async finish(result: StoredResult): Promise<void> {
    await this.#environment.store.putResult(result);
    this.#finished.add(result.lease);
    if (this.#finished.size > finishedMax) {
      const [oldest] = this.#finished;
      this.#finished.delete(oldest);
    }
    if (this.running?.lease.lease === result.lease) this.running = null;
    this.unsent++;
    this.#board.update({ outbox: this.unsent });
  }

  giveBack(lease: string, reason: ReturnedLease['reason'], detail = ''): void {
    this.#returns.push({ lease, reason, detail: detail.slice(0, limits.textBytesMax / 4) });
  }

  /** Everything that is held goes back with the next call. */
  giveBackAll(reason: ReturnedLease['reason'], detail = ''): void {
    this.giveBackQueue(reason, detail);
    if (this.running) this.giveBack(this.running.lease.lease, reason, detail);
    this.running = null;
  }

  giveBackQueue(reason: ReturnedLease['reason'], detail = ''): void {
    for (const { lease } of this.queue) this.giveBack(lease.lease, reason, detail);
    this.queue.length = 0;
  }

  /** The next lease that still runs; one that ran out in the queue is the coordinator's again. */
  take(): HeldLease | null {
    const now = this.#environment.clock.now();
    let next = this.queue.shift();
    while (next && next.endsAt <= now) next = this.queue.shift();
    this.running = next ?? null;
    return this.running;
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
    const { envelope } = await this.session.seal({
      kind: 'work',
      wire: WIRE_VERSION,
      results: sending.flatMap(({ result }) => (result ? [result] : [])),
      returns,
      holding: [...holding].slice(0, limits.workHoldingMax),
      awaiting: chooseAwaiting(awaiting, this.#turn++),
      want: { units: want.units, models, speed: want.speed },
    });
    const answer = await this.#coordinator.work(envelope, signal).catch(this.#explainRefusal);
    this.#returns = this.#returns.filter((one) => !returns.includes(one));
    await this.#applyVerdicts(answer, stored, sending);
    // Nobody fills this tab's memory with units that it did not ask for.
    if (answer.leases.length > want.units) throw malformed('gave units that nobody asked for');
    this.#applyLeases(answer);
    this.lastAnswer = answer;
    this.#show(answer);
    if (answer.reason?.code === 'account/suspended') {
      throw new IdlewildError(answer.reason.code, answer.reason.message);
    }
  }

  /** A coordinator that has heard this counter says up to which: the next call is over it. */
  readonly #explainRefusal = (thrown: unknown): never => {
    const error = toIdlewildError(thrown);
    if (error.code === 'session/counter-stale') {
      const heard = Number(/lastCounter=(\d+)/.exec(error.metaMessages.join(' '))?.[1] ?? 0);
      if (heard < counterMax) this.session.raise(heard);
    }
    throw error;
  };

  #show({ totals, batch, leases, retryAfterMs }: WorkAnswer): void {
    this.#board.update({ totals, retryAfterMs: leases.length > 0 ? 0 : retryAfterMs });
    const isIdle = !this.running && this.queue.length === 0;
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
    const now = this.#environment.clock.now();
    const held = new Set(this.#held().map(({ lease }) => lease.lease));
    for (const lease of answer.leases) {
      if (held.has(lease.lease) || this.#finished.has(lease.lease)) continue;
      held.add(lease.lease);
      try {
        const input = readLeaseInput(lease);
        this.queue.push({ lease, input, endsAt: now + lease.leaseMs });
      } catch (thrown) {
        const { code, shortMessage } = toIdlewildError(thrown);
        this.giveBack(lease.lease, 'broken-input', `${code}: ${shortMessage}`);
      }
    }
  }

  #held(): HeldLease[] {
    return [...(this.running ? [this.running] : []), ...this.queue];
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

function malformed(what: string, ...metaMessages: string[]): IdlewildError {
  return new IdlewildError('coordinator/malformed', `The coordinator ${what}.`, { metaMessages });
}

/**
 * Verdicts come in the order of the results that were sent. One that the coordinator could not even
 * read has no lease to name: its place tells, so that it does not stay in the outbox for ever.
 */
function inOrder(verdicts: VerdictNews[], sent: StoredResult[]): VerdictNews[] {
  const named = verdicts.map((news, at) => {
    const isUnread = at < sent.length && news.lease === 'unknown' && news.state === 'rejected';
    return isUnread ? { ...news, lease: sent[at].lease } : news;
  });
  const leases = new Set(named.map(({ lease }) => lease));
  if (sent.every(({ lease }) => leases.has(lease))) return named;
  throw malformed('left a result unanswered', 'It is kept, and sent again after the next start.');
}

/** The oldest unsent results that one call may carry. */
function chooseResults(stored: StoredResult[]): StoredResult[] {
  const chosen: StoredResult[] = [];
  let bytes = 0;
  for (const one of stored) {
    if (!one.result) continue;
    bytes += (one.result.output?.length ?? 0) + one.result.envelope.payload.length + 256;
    if (chosen.length === limits.workResultsMax) break;
    if (chosen.length > 0 && bytes > resultBytesMax) break;
    chosen.push(one);
  }
  return chosen;
}

const modelsKey = 'models';

async function heldModels(store: Environment['store']): Promise<string[]> {
  const models = await store.get(modelsKey);
  return Array.isArray(models) ? models.map(String) : [];
}

/** Remembers, the newest first, which models' shards this browser holds. */
export async function rememberModel(store: Environment['store'], model: string): Promise<void> {
  const others = (await heldModels(store)).filter((other) => other !== model);
  await store.set(modelsKey, [model, ...others].slice(0, limits.workModelsMax));
}

export async function forgetModels(store: Environment['store']): Promise<void> {
  await store.remove(modelsKey);
}

/** A session that the coordinator does not know, or no longer: a new grant may mend it. */
export function isSessionRefused(thrown: unknown): boolean {
  return thrown instanceof IdlewildError && thrown.code.startsWith('session/');
}
