// What is learnt from the failures of one backend: whether it is worth making again, after what
// wait, and with what caution.
import { IdlewildError } from '#protocol/errors.ts';
import type { BackendChoice, Caution } from './choose-backend.ts';
import type { Clock } from './environment.ts';

/** After so many losses of one device the next backend takes over. */
const lossesMax = 3;
/** A loss longer ago is forgotten: a device in use for days may be lost now and then. */
const lossMemoryMs = 3_600_000;
const backoffMs = 500;
const backoffGrowth = 4;

/** The first submits after a loss; each further loss halves them. The engine's own are 40 ms. */
const cautiousSliceMs = 20;
/** The engine's own groups hold 2,048 tokens. */
const smallerGroups = [1024, 512];

export class Caretaker {
  /** What the backend is made with next. */
  readonly caution: Caution = {};
  readonly #clock: Clock;
  readonly #name: BackendChoice['name'];
  #losses: number[] = [];
  #shrinks = 0;
  #waitMs = 0;

  constructor(clock: Clock, name: BackendChoice['name']) {
    this.#clock = clock;
    this.#name = name;
  }

  /** @returns whether to make the backend again, after `wait` */
  learn({ code }: IdlewildError): boolean {
    // A GPU process that was killed twice leaves no adapter for seconds.
    const isGone = code === 'engine/no-adapter' && this.#losses.length > 0;
    if (code === 'engine/device-lost' || isGone) return this.#lose();
    if (this.#name === 'wasm') return false;
    if (code === 'engine/out-of-memory') return this.#shrink();
    if (code !== 'self-test/wrong-bytes' || this.caution.packedDot === false) return false;
    this.caution.packedDot = false;
    return true;
  }

  /** @throws the signal's reason */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.#waitMs;
    this.#waitMs = 0;
    if (ms > 0) await this.#clock.sleep(ms, signal);
  }

  /** The failure that ended it, in words that the visitor reads. */
  explain(failure: IdlewildError): IdlewildError {
    if (this.#losses.length < lossesMax) return failure;
    const message = `${this.#name} lost its device ${lossesMax} times.`;
    return new IdlewildError('engine/device-lost', message, { cause: failure });
  }

  #lose(): boolean {
    const now = this.#clock.now();
    this.#losses = [...this.#losses.filter((at) => at > now - lossMemoryMs), now];
    const count = this.#losses.length;
    if (count >= lossesMax) return false;
    this.caution.sliceMs = cautiousSliceMs / 2 ** (count - 1);
    this.#waitMs = backoffMs * backoffGrowth ** (count - 1);
    return true;
  }

  #shrink(): boolean {
    if (this.#shrinks === smallerGroups.length) return false;
    this.caution.groupTokensMax = smallerGroups[this.#shrinks++];
    return true;
  }
}
