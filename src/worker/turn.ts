// Lets one at a time do something, in the order in which they asked.
import { abortable } from './bell.ts';

export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** @throws what `work` throws, or the signal's reason */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise<void>((resolve) => {
      end = resolve;
    });
    try {
      await abortable(before, signal);
      return await work();
    } finally {
      // Whoever waits may go on after all before it are done, though this one gave up.
      void before.then(end);
    }
  }
}
