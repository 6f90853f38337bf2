// Who computes: this worker itself, or several further ones (a crew), each with its own device,
// model and duty cycle, all fed from the one queue.
//
//   one wanted → this worker's own lane
//   several wanted → a lane for each member, opened and tested one after another; the own lane
//   computes until the first is there. One that dies is made again; one that cannot be is missing.
import { IdlewildError } from '#protocol/errors.ts';
import type { Bell } from './bell.ts';
import type { Board } from './board.ts';
import { BoundedDoor } from './bounded-door.ts';
import { Compute, type LaneEvents } from './compute.ts';
import type { Coordinator } from './coordinator.ts';
import { type Device, openDevice } from './device.ts';
import type { Environment } from './environment.ts';
import type { Exchange } from './exchange.ts';
import { Models } from './models.ts';
import { Pace, type PaceParts } from './pace.ts';
import type { Quota } from './quota.ts';
import type { UnitProgress } from './status.ts';
import { Turn } from './turn.ts';

export interface CrewParts {
  environment: Environment;
  coordinator: Coordinator;
  exchange: Exchange;
  board: Board;
  quota: Quota;
  pacing: PaceParts;
  /** The own lane's. */
  device: Device;
  /** Rung for the exchange. */
  bell: Bell;
  /** Rung by the exchange. */
  arrived: Bell;
  events: Omit<LaneEvents, 'progress'>;
}

interface Lane {
  device: Device;
  models: Models;
  pace: Pace;
  compute: Compute;
}

interface Running {
  signal: AbortSignal;
  fail(thrown: unknown): void;
}

export class Crew {
  readonly #parts: CrewParts;
  readonly #own: Lane;
  /** Those that run now. */
  readonly #lanes = new Set<Lane>();
  readonly #runs = new Set<Promise<void>>();
  readonly #progress = new Map<Lane, UnitProgress>();
  readonly #turn = new Turn();
  readonly #bounded: BoundedDoor;
  #running: Running | null = null;
  #isOpening = false;
  /** Members that could not be had. */
  #missing = 0;

  constructor(parts: CrewParts) {
    this.#parts = parts;
    this.#bounded = new BoundedDoor(parts);
    this.#own = this.#makeLane(parts.device, () => this.#members.length === 0);
  }

  /** With which bounded units are computed here; null while none is taken. */
  get boundedClass(): string | null {
    return this.#bounded.adapterClass;
  }

  /** At least 1: one lane is there, or on its way. */
  get size(): number {
    return Math.max(1, this.#lanes.size);
  }

  /** Of the unit that each lane has done, 0 to 1; 1 for a lane without one. */
  shares(): number[] {
    return this.#lanes.size === 0 ? [1] : [...this.#lanes].map(({ compute }) => compute.share);
  }

  /** Whether no lane computes, or is about to. */
  get isWaiting(): boolean {
    return [...this.#lanes].every(({ compute }) => compute.isWaiting);
  }

  /** Until the signal ends it. @throws its reason, and what no lane can go on after */
  run(signal: AbortSignal): Promise<never> {
    return new Promise((_, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason), { once: true });
      this.#running = { signal, fail };
      void this.#bounded.open(this.#parts.device.backend.name);
      this.adjust();
    });
  }

  /** Resolves when nothing computes any more, after its signal. */
  async rest(): Promise<void> {
    await Promise.all(this.#runs);
  }

  /** The visitor wants another number of them: those that could not be had are tried again. */
  resize(): void {
    this.#missing = 0;
    this.adjust();
  }

  /** After a change of what is wanted, or of the own device. */
  adjust(): void {
    if (!this.#running || this.#running.signal.aborted) return;
    if (this.#members.length < this.#membersWanted && !this.#isOpening) void this.#open();
    if (this.#members.length === 0 && !this.#lanes.has(this.#own)) this.#start(this.#own);
    this.#show();
    // Those that are not wanted any more go when they see it.
    this.#parts.arrived.ring();
  }

  /** Ends every device but the own one, and every model. */
  drop(): void {
    for (const lane of [this.#own, ...this.#members]) this.#end(lane);
    this.#bounded.drop();
    this.#own.pace.close();
    this.#lanes.clear();
    this.#parts.board.update({ workersRunning: 0 });
  }

  get #members(): Lane[] {
    return [...this.#lanes].filter((lane) => lane !== this.#own);
  }

  get #membersWanted(): number {
    const { environment, device, board } = this.#parts;
    if (device.backend.name !== 'wasm') return 0;
    const chosen = Math.min(board.status.settings.workers, environment.crew.workersMax);
    const wanted = chosen - this.#missing;
    return wanted > 1 ? wanted : 0;
  }

  #makeLane(device: Device, isWanted: () => boolean): Lane {
    const { environment, coordinator, exchange, board, quota, pacing, bell } = this.#parts;
    const pace = new Pace(pacing);
    const turn = this.#turn;
    const models = new Models({ environment, coordinator, device, board, pace, quota, turn });
    const events: LaneEvents = {
      ...this.#parts.events,
      progress: (unit) => this.#tell(lane, unit),
    };
    const bounded = this.#bounded;
    const parts = { environment, exchange, device, models, bounded, pace, bell, events, isWanted };
    const lane = { device, models, pace, compute: new Compute(parts) };
    return lane;
  }

  #start(lane: Lane): void {
    if (!this.#running) return;
    const { signal, fail } = this.#running;
    this.#lanes.add(lane);
    const run = lane.compute
      .run(signal, this.#parts.arrived)
      .then(
        () => this.#retire(lane),
        (thrown: unknown) => {
          if (signal.aborted) return;
          if (lane === this.#own || !isItsOwn(thrown)) fail(thrown);
          else this.#lose(lane);
        },
      )
      .finally(() => void this.#runs.delete(run));
    this.#runs.add(run);
  }

  async #open(): Promise<void> {
    const { environment } = this.#parts;
    const { signal } = this.#running as Running;
    this.#isOpening = true;
    const why = 'WASM: one of several workers.';
    const create = () => environment.crew.create();
    try {
      const choice = { name: 'wasm', why, whyCode: 'chosen', create } as const;
      const device = await openDevice(environment, [choice], signal);
      const lane = this.#makeLane(device, () => {
        return this.#members.indexOf(lane) < this.#membersWanted;
      });
      if (signal.aborted) device.destroy();
      else this.#start(lane);
    } catch {
      this.#missing++;
    }
    this.#isOpening = false;
    this.adjust();
  }

  #retire(lane: Lane): void {
    this.#end(lane);
    this.#lanes.delete(lane);
    this.adjust();
  }

  /** Its unit goes to another. */
  #lose(lane: Lane): void {
    const { held } = lane.compute;
    if (held) this.#parts.exchange.putBack(held);
    this.#missing++;
    this.#retire(lane);
  }

  #end(lane: Lane): void {
    lane.models.drop();
    this.#tell(lane, null);
    if (lane === this.#own) return;
    lane.pace.close();
    lane.device.destroy();
  }

  #tell(lane: Lane, unit: UnitProgress | null): void {
    if (unit) this.#progress.set(lane, unit);
    else this.#progress.delete(lane);
    const { board, pacing } = this.#parts;
    const [first] = this.#progress.values();
    const dutyMeasured = pacing.meter.measure(pacing.clock.now(), this.size);
    board.update({ unit: first ?? null, dutyMeasured });
  }

  #show(): void {
    const { environment, device, board } = this.#parts;
    const workersMax = device.backend.name === 'wasm' ? environment.crew.workersMax : 1;
    board.update({ workersRunning: this.#lanes.size, workersMax });
  }
}

/** Whether it is the device of one member that failed, and no fault of the run. */
function isItsOwn(thrown: unknown): boolean {
  return thrown instanceof IdlewildError && /^(engine|self-test)\//.test(thrown.code);
}
