// What a WebGPU race comes to, as plain data that leaves the worker or the process where it ran.
import type { RaceResult } from './race.ts';

/** A software adapter is timed by CPU time, a real GPU by the wall's clock. */
export type AdapterKind = 'software' | 'hardware';

/** Our group in a race; the rivals' are named by their dtypes. */
export const oursName = 'exact WGSL';

export interface WebgpuResult extends RaceResult {
  /** Integer operations of our forward pass over the rows, in units of 10^9: two a multiply-add. */
  gigaOperations: number;
}

export interface WebgpuOutcome {
  adapter: string;
  kind: AdapterKind;
  /** 10^9 integer-dot operations a second; null where WGSL has no dot4I8Packed. */
  ceiling: number | null;
  results: WebgpuResult[];
  /** The least cosine between each raced dtype's vectors and ours. */
  cosines: Record<string, number>;
  /** Dtypes that did not race, and why. */
  skipped: string[];
}
