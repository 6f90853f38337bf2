// The threads that compute bounded units, for all lanes of a run: few, since each has a heap of its
// own. A lane borrows one for a unit, one that has the model where there is one.
//
//   free → busy → free;  busy → ended by an abort, a lost device, or no memory: another is made
//
// After failures the caretaker says whether the same backend is worth another thread, or the next one.
// One that fails its self-test gives way to the next at once; a model that the GPU alone cannot run is
// computed by the next one, and the other models stay where they are.
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

/** What the graph may be able to on another backend. */
const graphFailures = ['onnx/session', 'onnx/run'];
/** Models remembered to be computed elsewhere than the others. */
const movedModelsMax = 64;

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
  /** By model, the first of the choices that may be able to run it. */
  readonly #moved = new Map<string, number>();
  #opening = 0;
  #choice = 0;
  /** Whether the thread that failed last had several models. */
  #isCrowded = false;
  #caretaker: Caretaker;
  /** Those that failed their self-test, and how. */
  readonly #refused = new Map<BoundedChoice, IdlewildError>();

  constructor(parts: BoundedPoolParts) {
    this.#parts = parts;
    this.#models = new BoundedModels(parts);
    this.#caretaker = this.#careFor();
  }

  /** What the next unit is computed with; null when no backend is left. */
  get choice(): BoundedChoice | null {
    return this.#firstLeft(this.#choice);
  }

  /** The same for a model. */
  choiceFor(model: Uint8Array): BoundedChoice | null {
    return this.#choiceFor(toHex(model));
  }

  /** @returns whether a model that failed so on `choice` is worth a try on the next one */
  giveWay(model: Uint8Array, choice: BoundedChoice | null, { code }: IdlewildError): boolean {
    const next = choice ? this.#parts.choices.indexOf(choice) + 1 : 0;
    if (!graphFailures.includes(code) || next === 0 || !this.#firstLeft(next)) return false;
    const [oldest] = this.#moved.keys();
    if (this.#moved.size >= movedModelsMax) this.#moved.delete(oldest);
    this.#moved.set(toHex(model), next);
    return true;
  }

  #choiceFor(id: string): BoundedChoice | null {
    return this.#firstLeft(Math.max(this.#choice, this.#moved.get(id) ?? 0));
  }

  /** From this one on. */
  #firstLeft(from: number): BoundedChoice | null {
    return this.#parts.choices.slice(from).find((one) => !this.#refused.has(one)) ?? null;
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
    const next = this.choice ? this.#parts.choices.indexOf(this.choice) + 1 : 0;
    if (!isWorthIt && next > 0 && this.#firstLeft(next)) {
      this.#choice = next;
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
    return new Caretaker(this.#parts.clock, this.choice?.name ?? 'wasm');
  }

  async #borrow(id: string, signal: AbortSignal): Promise<Member> {
    for (;;) {
      const choice = this.#choiceFor(id);
      if (!choice) throw noBackend([...this.#refused.values()].at(-1));
      const idle = this.#idle();
      const free = idle.filter((member) => member.choice === choice);
      const member = free.find(({ sessions }) => sessions.has(id)) ?? free[0];
      if (member) {
        member.isBusy = true;
        return member;
      }
      // One that another model left on another backend makes room.
      const isFull = this.#members.size + this.#opening >= this.#parts.maker.threadsMax;
      if (isFull && idle.length > 0) this.#end(idle[0]);
      if (!isFull || idle.length > 0) {
        const opened = await this.#open(choice);
        if (opened) return opened;
      } else await this.#freed.wait(signal);
    }
  }

  /** Those of a backend that gave way are ended. */
  #idle(): Member[] {
    const idle = [...this.#members].filter(({ isBusy }) => !isBusy);
    const { choices } = this.#parts;
    const isLeft = ({ choice }: Member) =>
      choices.indexOf(choice) >= this.#choice && !this.#refused.has(choice);
    for (const member of idle) if (!isLeft(member)) this.#end(member);
    return idle.filter(isLeft);
  }

  /** @returns null where the backend failed its self-test, and the next is to be asked for */
  async #open(choice: BoundedChoice): Promise<Member | null> {
    this.#opening++;
    try {
      const backend = await this.#parts.maker.create(choice.name);
      const member = { choice, backend, sessions: new ModelSessions(), isBusy: true };
      this.#members.add(member);
      return member;
    } catch (thrown) {
      const failure = toIdlewildError(thrown);
      if (failure.code !== 'self-test/wrong-answer') throw thrown;
      this.#refused.set(choice, failure);
      this.#caretaker = this.#careFor();
      return null;
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

function noBackend(cause: IdlewildError | undefined): IdlewildError {
  const message = 'No backend here passes the self-test of bounded units.';
  const metaMessages = cause ? [cause.shortMessage, ...cause.metaMessages] : [];
  return new IdlewildError('engine/no-backend', message, { metaMessages, cause });
}
