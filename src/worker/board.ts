// What the page is told: one status object, changed in place by the loop and sent at most ten
// times a second. Phases move along the table below and no other way.
import { assert, type IdlewildError } from '#protocol/errors.ts';
import type { VerdictNews } from '#protocol/wire.ts';
import type { Clock } from './environment.ts';
import { sayInEnglish } from './sayings.ts';
import {
  type ContributorStatus,
  idleStatus,
  type Phase,
  type Saying,
  type VerdictLine,
} from './status.ts';

const emitMs = 100;
const verdictLinesMax = 50;

const working: readonly Phase[] = ['loading', 'working', 'waiting', 'paused'];
const ending: readonly Phase[] = ['stopping', 'failed'];

/**
 * idle → connecting (asks the wallet) → testing (the device) → the working phases, among which it
 * moves freely. A session refused goes back to connecting, a lost device to testing. Another tab
 * at work keeps connecting in waiting. Every end goes through stopping but a failure's.
 */
const transitions: Record<Phase, readonly Phase[]> = {
  idle: ['connecting', ...ending],
  connecting: ['testing', ...working, ...ending],
  testing: ['connecting', ...working, ...ending],
  loading: [...working, 'connecting', 'testing', ...ending],
  working: [...working, 'connecting', 'testing', ...ending],
  waiting: [...working, 'connecting', 'testing', ...ending],
  paused: [...working, 'connecting', 'testing', ...ending],
  stopping: ['stopped', 'failed'],
  stopped: ['connecting'],
  failed: ['connecting'],
};

export class Board {
  status: ContributorStatus = idleStatus;
  readonly #clock: Clock;
  readonly #listeners = new Set<(status: ContributorStatus) => void>();
  #emittedAt = Number.NEGATIVE_INFINITY;
  #scheduled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  subscribe(listener: (status: ContributorStatus) => void): void {
    this.#listeners.add(listener);
    listener(this.status);
  }

  update(change: Partial<Omit<ContributorStatus, 'phase' | 'message' | 'saying'>>): void {
    this.status = { ...this.status, ...change };
    this.#schedule();
  }

  /** The code's first word is the phase that it moves to. */
  say(saying: Saying): void {
    const phase = saying.code.split('/')[0] as Phase;
    const from = this.status.phase;
    // The loops may still speak while they are being ended; the visitor's Stop has the word.
    if (from === 'stopping' && phase !== 'stopped' && phase !== 'failed') return;
    assert(from === phase || transitions[from].includes(phase), `phase ${from} to ${phase}`);
    this.status = { ...this.status, phase, saying, message: sayInEnglish(saying) };
    this.#schedule();
  }

  fail(error: IdlewildError): void {
    const { code, shortMessage: message } = error;
    this.say({ code: 'failed/error', values: { code, message } });
    this.update({ error: error.toWire(), unit: null, download: null });
  }

  /** The newest first; a lease's line moves up when its state changes. */
  verdict(news: VerdictNews, known: { unit: string; rows: number }): void {
    const { lease, state, code, message, credit, receipt } = news;
    const line: VerdictLine = { ...known, lease, state, code, message, credit, receipt };
    const { verdicts } = this.status;
    const before = verdicts.find((other) => other.lease === lease);
    if (before?.state === state && before.code === code) return;
    const others = verdicts.filter((other) => other.lease !== lease);
    this.update({ verdicts: [line, ...others].slice(0, verdictLinesMax) });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const waitMs = Math.max(0, this.#emittedAt + emitMs - this.#clock.now());
    void this.#clock.sleep(waitMs).then(() => {
      this.#scheduled = false;
      this.#emittedAt = this.#clock.now();
      for (const listener of this.#listeners) listener(this.status);
    });
  }
}
