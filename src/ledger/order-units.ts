// In which order waiting units are leased: who pays more goes first, but a share of all leases goes to
// the oldest, so that nobody waits for ever behind endless dear work.

/** A unit that is for lease at the present rate. */
export interface WaitingUnit {
  /** Rises with age: the smaller is the older. */
  id: number;
  /** Credits for 10^9 multiply-adds that it pays above the rate. */
  tip: number;
}

/** One lease of so many is the oldest unit's. A unit behind n older ones waits for (n + 1) of these. */
export const oldestEvery = 8;

/**
 * Lease number n goes to the oldest where n is a multiple of oldestEvery, else to the dearest, of equal
 * ones the older.
 * @param turn number of the first lease, counted by the coordinator over all calls
 * @param take leases at most
 */
export function chooseOrder<Unit extends WaitingUnit>(
  units: readonly Unit[],
  turn: number,
  take: number,
): Unit[] {
  const oldest = [...units].sort((a, b) => a.id - b.id);
  const dearest = [...units].sort((a, b) => b.tip - a.tip || a.id - b.id);
  const chosen = new Set<Unit>();
  const places = { oldest: 0, dearest: 0 };
  const pick = (from: readonly Unit[], place: keyof typeof places) => {
    while (chosen.has(from[places[place]])) places[place]++;
    chosen.add(from[places[place]]);
  };
  while (chosen.size < Math.min(take, units.length)) {
    if ((turn + chosen.size) % oldestEvery === 0) pick(oldest, 'oldest');
    else pick(dearest, 'dearest');
  }
  return [...chosen];
}
