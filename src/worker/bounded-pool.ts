// The threads that compute bounded units, for all lanes of a run: few, since each has a heap of its
// own. A lane borrows one for a unit, one that has the model where there is one.
//
//   free → busy → free;  busy → ended by an abort, a lost device, or no memory: another is made
//
// After failures the caretaker says whether the same backend is worth another thread, or the next one.
import type { BoundedBackend, BoundedRunOptions, ReadShard } from '#onnx/bounded-backend.ts';
import { ModelSessions } from '#onnx/model-sessions.ts';
import { modelBytes } from '#onnx/rebuild-graph.ts';
import { type BoundedUnitInput, decodeBoundedInput } from '#protocol/bounded-unit.ts';
import { type Bytes, equalBytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Lease } from '#protocol/wire.ts';
import { Bell } from './bell.ts';
import type { BoundedChoice, BoundedMaker } from './bounded-maker.ts';
import { BoundedModels, type BoundedModelsParts } from './bounded-models.ts';
import { Caretaker } from './caretaker.ts';
import type { Clock } from './environment.ts';
import { Turn } from './turn.ts';

export interface BoundedPoolParts extends BoundedModelsParts {
  clock: Clock;
  maker: BoundedMaker;
  /** The best first; at least one. */
  choices: readonly BoundedChoice[];
}

export interface BorrowedModel {
  /** What it computes with. */
  choice: BoundedChoice;
  /** The lease's unit. What the options' hooks throw ends it, as the signal does. */
  run(options: BoundedRunOptions): Promise<Bytes[]>;
  giveBack(): void;
}

interface Member {
  choice: BoundedChoice;
  backend: BoundedBackend;
  sessions: ModelSessions;
  isBusy: boolean;
}

export class BoundedPool {
  readonly #parts: BoundedPoolParts;
  readonly #models: BoundedModels;
  readonly #members = new Set<Member>();
  readonly #freed = new Bell();
  /** One fetches; the others find what it fetched on disk. */
  readonly #turn = new Turn();
  #opening = 0;
  #choice = 0;
  /** Whether the thread that failed last had several models. */
  #isCrowded = false;
  #caretaker: Caretaker;

  constructor(parts: BoundedPoolParts) {
    this.#parts = parts;
    this.#models = new BoundedModels(parts);
    this.#caretaker = this.#careFor();
  }

  /** What the next unit is computed with. */
  get choice(): BoundedChoice {
    return this.#parts.choices[this.#choice];
  }

  /** Whether a thread has the model. */
  isReady(model: Uint8Array): boolean {
    const id = toHex(model);
    return [...this.#members].some(({ sessions }) => sessions.has(id));
  }

  /**
   * A thread with the lease's model, until it is given back.
   * @throws unit/..., tensor/..., cbor/... (a broken unit), manifest/..., onnx/... (a broken model),
   * engine/..., shard/..., cache/..., QuotaError
   */
  async open(lease: Lease, signal: AbortSignal): Promise<BorrowedModel> {
    const input = readInput(lease);
    const id = toHex(lease.model);
    const manifest = await this.#models.manifest(id, signal);
    const member = await this.#borrow(id, signal);
    const { backend, sessions, choice } = member;
    const make = (readShard: ReadShard) => backend.createModel(manifest, readShard, signal);
    const load = () => this.#models.withShards({ id, manifest }, make, signal);
    const giveBack = () => {
      member.isBusy = false;
      this.#freed.ring();
    };
    try {
      const model = await sessions.take(id, modelBytes(manifest), () =>
        this.#turn.take(signal, load),
      );
      const run = (options: BoundedRunOptions) =>
        model.run(input, options).catch((thrown: unknown) => this.#judge(member, thrown, signal));
      return { choice, run, giveBack };
    } catch (thrown) {
      giveBack();
      return this.#judge(member, thrown, signal);
    }
  }

  /** A thread that was aborted is gone, one whose device failed is of no use. */
  #judge(member: Member, thrown: unknown, signal: AbortSignal): never {
    const { code } = toIdlewildError(thrown);
    if (signal.aborted || /^engine\//.test(code)) this.#end(member);
    this.#isCrowded = member.sessions.size > 1;
    throw thrown;
  }

  /**
   * After a failure of the device: the same backend again, or the next one.
   * @returns false where neither is worth it, and the unit is another's
   */
  async mend(failure: IdlewildError, signal: AbortSignal): Promise<boolean> {
    // A heap that never shrinks was filled by other models: a new one is empty.
    if (failure.code === 'engine/out-of-memory' && this.#isCrowded) return true;
    const isWorthIt = this.#caretaker.learn(failure);
    if (!isWorthIt && this.#choice + 1 < this.#parts.choices.length) {
      this.#choice++;
      this.#caretaker = this.#careFor();
      return true;
    }
    if (!isWorthIt) {
      this.#caretaker = this.#careFor();
      return false;
    }
    await this.#caretaker.wait(signal);
    return true;
  }

  /** Ends every thread, and what it computes. */
  drop(): void {
    for (const member of this.#members) this.#end(member);
  }

  #careFor(): Caretaker {
    return new Caretaker(this.#parts.clock, this.choice.name);
  }

  async #borrow(id: string, signal: AbortSignal): Promise<Member> {
    for (;;) {
      const free = this.#free();
      const member = free.find(({ sessions }) => sessions.has(id)) ?? free[0];
      if (member) {
        member.isBusy = true;
        return member;
      }
      if (this.#members.size + this.#opening < this.#parts.maker.threadsMax) return this.#open();
      await this.#freed.wait(signal);
    }
  }

  /** Those of a backend that gave way are ended. */
  #free(): Member[] {
    const free = [...this.#members].filter(({ isBusy }) => !isBusy);
    const isCurrent = ({ choice }: Member) => choice === this.choice;
    for (const member of free) if (!isCurrent(member)) this.#end(member);
    return free.filter(isCurrent);
  }

  async #open(): Promise<Member> {
    const { choice } = this;
    this.#opening++;
    try {
      const backend = await this.#parts.maker.create(choice.name);
      const member = { choice, backend, sessions: new ModelSessions(), isBusy: true };
      this.#members.add(member);
      return member;
    } finally {
      this.#opening--;
    }
  }

  #end(member: Member): void {
    this.#members.delete(member);
    member.backend.destroy();
  }
}

/** @throws unit/malformed when the input is not what the lease says it is */
function readInput({ input, model, rows }: Lease): BoundedUnitInput {
  const decoded = decodeBoundedInput(input);
  if (!equalBytes(decoded.model, model) || decoded.requests.length !== rows) {
    throw new IdlewildError('unit/malformed', "The input's model or rows are not the lease's.");
  }
  return decoded;
}
