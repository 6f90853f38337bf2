// The way from a run to its bounded units: what they would be computed with is known from the start,
// the code for it comes with the first one. Where it fails again and again no further one is taken;
// exact units go on.
import { IdlewildError } from '#protocol/errors.ts';
import type { BoundedOptions } from './bounded-compute.ts';
import type { BoundedChoice, BoundedMaker } from './bounded-maker.ts';
import type { BoundedModelsParts } from './bounded-models.ts';
import type { BoundedPool } from './bounded-pool.ts';
import type { Computed, ComputeParts } from './compute.ts';
import type { Environment } from './environment.ts';
import type { HeldLease } from './exchange.ts';

/** Units given back in a row because nothing here computes them. */
const refusalsMax = 3;

export interface BoundedDoorParts extends BoundedModelsParts {
  environment: Environment;
}

export class BoundedDoor {
  readonly #parts: BoundedDoorParts;
  #choices: readonly BoundedChoice[] = [];
  #pool: BoundedPool | null = null;
  #refusals = 0;

  constructor(parts: BoundedDoorParts) {
    this.#parts = parts;
  }

  /** Whose results those of this run compare with; null while it takes no bounded unit. */
  get adapterClass(): string | null {
    if (this.#refusals >= refusalsMax) return null;
    const choice = this.#pool ? this.#pool.choice : this.#choices[0];
    return choice?.adapterClass ?? null;
  }

  /**
   * Never rejects.
   * @param backend what the exact device computes on: what it may not use, this may not either
   */
  async open(backend: string): Promise<void> {
    const { bounded } = this.#parts.environment;
    const best = backend === 'webgpu' ? 'webgpu' : 'wasm';
    this.#choices = (await bounded?.find(best).catch(() => null)) ?? [];
  }

  /**
   * One unit. Fetches the code with the first.
   * @throws engine/unavailable (retryable) where it cannot, and what `computeBounded` throws
   */
  async compute(parts: ComputeParts, held: HeldLease, options: BoundedOptions): Promise<Computed> {
    const { bounded } = this.#parts.environment;
    if (!bounded || this.#choices.length === 0) throw noBackend();
    const { computeBounded, BoundedPool } = await import('./bounded-compute.ts').catch(unavailable);
    this.#pool ??= new BoundedPool({ ...this.#parts, ...this.#making(bounded) });
    const computed = await computeBounded({ ...parts, pool: this.#pool }, held, options);
    this.#refusals = 0;
    return computed;
  }

  /** @returns whether the unit is worth another try here */
  async mend(failure: IdlewildError, signal: AbortSignal): Promise<boolean> {
    const isMended = (await this.#pool?.mend(failure, signal)) ?? false;
    if (!isMended) this.#refusals++;
    return isMended;
  }

  /** Ends every thread. */
  drop(): void {
    this.#pool?.drop();
  }

  #making(maker: BoundedMaker) {
    return { clock: this.#parts.environment.clock, maker, choices: this.#choices };
  }
}

function unavailable(cause: unknown): never {
  const message = 'The code of bounded units could not be fetched.';
  throw new IdlewildError('engine/unavailable', message, { retryable: true, cause });
}

function noBackend(): IdlewildError {
  return new IdlewildError('engine/no-backend', 'Nothing here computes bounded units.');
}
