// Whether the coordinator can be reached: by calls that failed, and by what the browser knows. The
// browser's word alone is not believed: a coordinator on this very machine needs no network.
import type { Signals } from './environment.ts';

/** One failed call may be a hiccup, where the browser still believes in its network. */
const failuresMin = 2;

const networkCodes = ['coordinator/unreachable', 'coordinator/intercepted', 'shard/fetch-failed'];

export class Offline {
  readonly #signals: Signals;
  #failures = 0;

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  /** @param code of the error that a call, or the fetch of a model, ended with */
  failed(code: string): void {
    if (networkCodes.includes(code)) this.#failures++;
  }

  answered(): void {
    this.#failures = 0;
  }

  get isDead(): boolean {
    return this.#failures >= (this.#signals.isOnline() ? failuresMin : 1);
  }
}
