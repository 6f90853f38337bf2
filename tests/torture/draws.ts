// A seeded stream of draws (mulberry32), so that a failing seed kills at the same moments again.
export interface Draws {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Whole, from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

export function createDraws(seed: number): Draws {
  let state = seed | 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  return { unit, whole, pick: (items) => items[whole(0, items.length - 1)] };
}
