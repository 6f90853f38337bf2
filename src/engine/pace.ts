// How much goes into one submit, learnt from how long the last ones took: small at first, so that
// no unknown device blocks the screen or meets the two seconds after which Windows resets it.

/** Weighed multiply-adds of the first submit: 10 ms on a software adapter. */
const firstCost = 1e7;

/** How much one good measurement may raise the next submit. */
const growth = 4;

export class Pace {
  readonly #sliceMs: number;
  /** What the next submit may cost. */
  budget = firstCost;

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
  }

  record(cost: number, elapsedMs: number): void {
    const fitting = (cost * this.#sliceMs) / Math.max(elapsedMs, 0.01);
    // A submit that was small says little about large ones, unless even it took too long.
    if (cost < this.budget / 2 && fitting > cost) return;
    this.budget = Math.min(fitting, this.budget * growth);
  }
}
