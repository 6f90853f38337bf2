// Why nothing computes: a set of reasons, each of which comes and goes by itself. All lanes hold
// while it is not empty.
import { Bell } from './bell.ts';
import type { PauseReason } from './status.ts';

export class Pauses {
  readonly #reasons = new Set<PauseReason>();
  readonly #over = new Bell();

  get isEmpty(): boolean {
    return this.#reasons.size === 0;
  }

  get list(): PauseReason[] {
    return [...this.#reasons];
  }

  has(reason: PauseReason): boolean {
    return this.#reasons.has(reason);
  }

  /** @returns whether that is news */
  set(reason: PauseReason, isOn: boolean): boolean {
    if (this.#reasons.has(reason) === isOn) return false;
    if (isOn) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.isEmpty) this.#over.ring();
    return true;
  }

  clear(): void {
    this.#reasons.clear();
    this.#over.ring();
  }

  /** Resolves while it is empty. @throws the signal's reason */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.isEmpty) await this.#over.wait(signal);
  }
}
