// What can be said without a simulation: Sarmenta's bounds ("Sabotage-tolerance mechanisms for
// volunteer computing systems", Future Generation Computer Systems 18, 2002), and the arithmetic of
// spot checks by row.

/**
 * Error rate of m-majority voting: m equal results of 2m - 1 decide, and a share `wrong` of all
 * results is wrong, all of them alike.
 */
export function majorityError(wrong: number, m: number): number {
  const all = 2 * m - 1;
  let error = 0;
  for (let j = m; j <= all; j++) {
    error += choose(all, j) * wrong ** j * (1 - wrong) ** (all - j);
  }
  return error;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

export interface SpotChecks {
  /** Chance that one piece of work is checked. */
  checked: number;
  /** Pieces of work of each contributor. */
  pieces: number;
  /** Share of contributors that sabotage. */
  saboteurs: number;
}

/**
 * Error rate of spot-checking with blacklisting and backtracking: a saboteur spoils a share `share`
 * of its pieces; once caught, all that it gave is thrown away.
 */
export function spotCheckError({ checked, pieces, saboteurs }: SpotChecks, share: number): number {
  const survives = (1 - checked * share) ** pieces;
  return (saboteurs * share * survives) / (1 - saboteurs + saboteurs * survives);
}

/** The most that any share can reach: f / (1 - f) / (q n e). */
export function spotCheckBound({ checked, pieces, saboteurs }: SpotChecks): number {
  return saboteurs / (1 - saboteurs) / (checked * pieces * Math.E);
}

/** Chance that a wrong row is seen by somebody who tells. */
export function chanceCaught({
  audited,
  rows,
  friends,
  coordinatorShare,
}: {
  /** Rows audited of a unit. */
  audited: number;
  rows: number;
  /** Share of the auditors that are the liar's friends, and vouch. */
  friends: number;
  coordinatorShare: number;
}): number {
  return (audited / rows) * (coordinatorShare + (1 - coordinatorShare) * (1 - friends));
}

/** Wrong rows of one liar that tells `lies` and is thrown out whole if any is seen: k (1 - p)^k. */
export function survivingLies(lies: number, caught: number): number {
  return lies * (1 - caught) ** lies;
}

/** Its best number of lies, about 1 / p, and what it keeps, about 1 / (e p). */
export function bestLies(caught: number): { lies: number; surviving: number } {
  const exact = -1 / Math.log(1 - caught);
  const [low, high] = [Math.max(1, Math.floor(exact)), Math.max(1, Math.ceil(exact))];
  const lies = survivingLies(low, caught) >= survivingLies(high, caught) ? low : high;
  return { lies, surviving: survivingLies(lies, caught) };
}

/** Where lies are delivered one by one and stay: those before the first that is seen. */
export function liesBeforeCaught(caught: number, liesMax: number): number {
  return ((1 - caught) * (1 - (1 - caught) ** liesMax)) / caught;
}
