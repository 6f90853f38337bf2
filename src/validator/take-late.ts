// Whether a unit still takes a result whose lease ran out: work that was done is credited while it
// serves, and no more of it than the unit could have asked for.
import { boundedWanted } from './judge-bounded.ts';
import type { UnitState } from './states.ts';

/**
 * Fewer results must stand on the unit. Without it friends could let a unit's lease run out one after
 * another, compute it once and all be paid.
 */
const standingBelow = { work: 2, audit: 2, bounded: boundedWanted + 1 };

export interface LateUnit {
  kind: keyof typeof standingBelow;
  state: UnitState;
  /** Results without a final verdict. */
  standing: number;
}

export function takesLate({ kind, state, standing }: LateUnit): boolean {
  return (state === 'open' || state === 'held') && standing < standingBelow[kind];
}
