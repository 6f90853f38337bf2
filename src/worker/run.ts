// One run, from Start to Stop: the crew computes, the exchange talks, side by side. Between them only
// the queue, the outbox and two bells. The schedule says when a call is due; leaving hands back what
// is held.
import type { Bytes } from '#protocol/bytes.ts';
import type { Lease } from '#protocol/wire.ts';
import { Bell, withController } from './bell.ts';
import type { Board } from './board.ts';
import type { LaneEvents } from './compute.ts';
import type { Coordinator } from './coordinator.ts';
import { Crew } from './crew.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { Exchange, isSessionRefused } from './exchange.ts';
import { Farewell } from './farewell.ts';
import { Meter } from './meter.ts';
import type { PaceParts } from './pace.ts';
import type { PauseWatch } from './pause-watch.ts';
import type { Quota } from './quota.ts';
import type { Session } from './session.ts';
import type { Saying } from './status.ts';
import { Talk } from './talk.ts';

/**
 * Stop promises a second. A device that is not at rest by then is ended with its encoder; the
 * coordinator's answer is shown if it comes in time, and waited for behind the scenes if not.
 */
const deviceMsMax = 300;
const shownMsMax = 400;
export interface RunParts {
  environment: Environment;
  coordinator: Coordinator;
  /** Asked for work by its expected speed while it is being tested; nothing is computed before. */
  device: Device;
  /** The same, once it is tested. @throws engine/no-backend */
  opened(): Promise<Device>;
  board: Board;
  pacing: PaceParts;
  watch: PauseWatch;
  quota: Quota;
  /** What the page sends when it goes. */
  tellFarewell(body: Bytes | null): void;
  /** Units that this run may still finish; Infinity without a limit. */
  unitsLeft: number;
}

export class Run {
  /** Resolves when leases and results are handed back, or given up; may be after `work`. */
  left: Promise<void> = Promise.resolve();
  readonly #parts: RunParts;
  readonly #exchange: Exchange;
  readonly #crew: Crew;
  readonly #talk: Talk;
  readonly #farewell: Farewell;
  readonly #meter = new Meter();
  /** Rung by the crew for the exchange. */
  readonly #due = new Bell();
  readonly #unitsAtStart: number;
  #isTested = false;

  constructor(parts: RunParts, session: Session) {
    this.#parts = parts;
    const { environment, board, tellFarewell: tell } = parts;
    const { clock } = environment;
    this.#unitsAtStart = board.status.units;
    const exchange = new Exchange(parts, session);
    this.#exchange = exchange;
    this.#farewell = new Farewell({ clock, exchange, tell });
    const arrived = new Bell();
    const events = this.#events();
    this.#crew = new Crew({ ...parts, exchange, bell: this.#due, arrived, events });
    this.#talk = new Talk({
      ...parts,
      exchange,
      crew: this.#crew,
      meter: this.#meter,
      due: this.#due,
      arrived,
      left: () => this.#unitsLeft(),
      onChange: () => this.#showNow(),
      onAnswer: () => this.#farewell.changed(),
    });
  }

  #events(): Omit<LaneEvents, 'progress'> {
    const { board, watch } = this.#parts;
    return {
      show: (saying) => this.#showWork(saying),
      begun: ({ project, projectId }: Lease) => board.update({ project, projectId }),
      computed: (sample) => this.#count(sample),
      mended: (device) => this.#showDevice(device),
      capped: (saying) => watch.reach(saying),
      reached: (error) => this.#talk.tellNetwork(error),
    };
  }

  /** After a change of the level: what was measured at another says nothing. */
  forgetSpeed(): void {
    this.#meter.clear();
  }

  /** After a change of the number of workers. */
  resize(): void {
    this.#crew.resize();
  }

  /** The network came or went, as the browser says. */
  hurry(): void {
    this.#talk.hurry();
  }

  /** A working phase; behind `paused` while there is a reason. */
  #show(saying: Saying): void {
    const { board, pacing, watch } = this.#parts;
    board.say(pacing.pauses.isEmpty ? saying : watch.saying);
  }

  /** After the pauses changed. Nobody else waits for units that a pause holds. */
  refresh(): void {
    if (!this.#parts.pacing.pauses.isEmpty) this.#exchange.giveBackQueue('stopped');
    this.#talk.judgeNetwork();
    this.#showNow();
    this.#due.ring();
  }

  /** Computes what is on the devices, and then pauses. */
  finish(): void {
    const { board } = this.#parts;
    board.update({ finishing: true });
    this.#exchange.giveBackQueue('stopped');
    this.#showNow();
    this.#due.ring();
  }

  /** Everything held goes back now: the page sleeps or goes. */
  leave(): void {
    // The page sends its farewell by itself; what this worker still says comes after it.
    this.#exchange.session.passFarewell();
    this.#exchange.giveBackAll('stopped', 'The page sleeps.');
    this.#due.ring();
  }

  /**
   * @returns `done` when a counted run has its verdicts, `session-refused` when a new grant is due
   * @throws the signal's reason, and what the run cannot go on after
   */
  async work(signal: AbortSignal): Promise<'done' | 'session-refused'> {
    await this.#exchange.open();
    return withController(signal, async (ended) => {
      const compute = this.#compute(ended.signal);
      compute.catch(() => {});
      void this.#farewell.run(ended.signal);
      try {
        return await Promise.race([this.#talk.run(ended.signal), compute]);
      } catch (thrown) {
        if (!signal.aborted && isSessionRefused(thrown)) return 'session-refused';
        throw thrown;
      } finally {
        ended.abort();
        await this.#goAway(signal);
      }
    });
  }

  /** Not one unit before the self-test has passed. */
  async #compute(signal: AbortSignal): Promise<never> {
    await this.#parts.opened();
    signal.throwIfAborted();
    this.#isTested = true;
    this.#showNow();
    return this.#crew.run(signal);
  }

  /** When it returns nothing computes any more. */
  async #goAway(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts.environment;
    const isLate = clock.sleep(shownMsMax);
    const isStuck = clock.sleep(deviceMsMax);
    this.left = this.#talk.goodbye();
    const answered = signal.aborted ? Promise.race([this.left, isLate]) : this.left;
    await Promise.all([answered, Promise.race([this.#crew.rest(), isStuck])]);
    this.#crew.drop();
  }

  /** Of one lane: while another computes, that is what is shown. */
  #showWork(saying: Saying): void {
    const { unit } = this.#parts.board.status;
    if (saying.code === 'working/unit') this.#showNow();
    else if (!unit) this.#show(saying);
  }

  #showNow(): void {
    const { board } = this.#parts;
    const [first] = this.#exchange.running;
    if (!this.#isTested) {
      this.#show({ code: 'testing/known-answers', values: {} });
    } else if (first) {
      const code = board.status.finishing ? 'working/finishing' : 'working/unit';
      this.#show({ code, values: { project: first.lease.project } });
    } else this.#show(this.#talk.reason);
  }

  #count(sample: { ms: number; rows: number; cost: number }): void {
    const { board } = this.#parts;
    this.#meter.add(sample);
    this.#farewell.changed();
    const { size } = this.#crew;
    board.update({
      rowsPerSecond: this.#meter.rowsPerSecond * size,
      multiplyAddsPerSecond: this.#meter.multiplyAddsPerSecond * size,
    });
  }

  #showDevice(device: Device): void {
    this.#meter.clear();
    if (device !== this.#parts.device) return;
    const { backend, why, whyCode } = device;
    const { name, adapter } = backend;
    this.#parts.board.update({ device: { backend: name, adapter, why, whyCode } });
    this.#crew.adjust();
  }

  #unitsLeft(): number {
    const { board, unitsLeft } = this.#parts;
    return unitsLeft - (board.status.units - this.#unitsAtStart);
  }
}
