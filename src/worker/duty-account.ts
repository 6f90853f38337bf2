// The books behind a duty cycle: how far the work of the device runs ahead of its share of the
// time. Exact over any run of slices, however long each is and whatever the share was then.

/** One step that took very long is paid back by a rest of so much, and no more. */
const restMsMax = 60_000;

/** An idle time counts as rest to come for so long: waits for the network are rests as well. */
const creditMsMax = 500;

export class DutyAccount {
  /** Milliseconds of work beyond the share; negative when it had less. */
  #aheadMs = 0;

  /** @param duty the share of time that may compute, above 0, at most 1 */
  work(ms: number, duty: number): void {
    this.#aheadMs = Math.min(this.#aheadMs + ms * (1 - duty), restMsMax * duty);
  }

  rest(ms: number, duty: number): void {
    const least = -creditMsMax * (1 - duty) * duty;
    this.#aheadMs = Math.max(this.#aheadMs - ms * duty, least);
  }

  /** The rest that is due, at this share. */
  owedMs(duty: number): number {
    return duty >= 1 ? 0 : Math.max(0, this.#aheadMs / duty);
  }
}
