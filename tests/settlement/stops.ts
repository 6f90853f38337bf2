// Stops a program before or after the n-th of its durable steps, as a crash would.
export interface Stops {
  /** Where it stopped, null if it was through before that. */
  stoppedAt: string | null;
  /** @throws at the n-th call */
  pass(what: string): void;
}

/** @param at 0 for the first step */
export function stopAt(at: number): Stops {
  let count = 0;
  const stops: Stops = {
    stoppedAt: null,
    pass(what) {
      if (count++ !== at) return;
      stops.stoppedAt = what;
      throw new Error(`Stopped ${what}.`);
    },
  };
  return stops;
}

/** The same object, whose named methods may stop before and after what they do. */
export function guard<Whole extends object>(
  whole: Whole,
  stops: Stops,
  names: readonly (keyof Whole & string)[],
): Whole {
  const guarded = names.map((name) => {
    const method = whole[name] as (...args: unknown[]) => unknown;
    const call = async (...args: unknown[]) => {
      stops.pass(`before ${name}`);
      const result = await method(...args);
      stops.pass(`after ${name}`);
      return result;
    };
    return [name, call];
  });
  return { ...whole, ...Object.fromEntries(guarded) };
}
