// How much a contributor's word is worth: the numbers of the verdict ladder.

/** Confirmed results in a row, per account, model and backend, before one result is enough. */
export const confirmedRunMin = 10;

/** Share of a trusted account's units that are replicated all the same. */
const replicatedShare = 0.1;

/** Rejected results after which an account gets no more leases. */
export const strikesMax = 3;

export function isTrusted(confirmedRun: number): boolean {
  return confirmedRun >= confirmedRunMin;
}

/**
 * Results wanted of a unit, when its first lease is granted.
 * @param draw uniform in [0, 1), from a source that no contributor can foresee
 */
export function resultsWanted(confirmedRun: number, draw: number): 1 | 2 {
  return isTrusted(confirmedRun) && draw >= replicatedShare ? 1 : 2;
}

/** The run after a ruling. */
export function runAfter(confirmedRun: number, change: 'longer' | 'kept' | 'reset'): number {
  if (change === 'reset') return 0;
  return change === 'longer' ? confirmedRun + 1 : confirmedRun;
}
