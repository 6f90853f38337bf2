// The most that a requester can come to pay for one unit of each level, so that a batch can reserve it
// before it runs. Where a course of verdicts asks for more, the coordinator bears it.
import { boundedWanted } from './judge-bounded.ts';
import { type Level, type Policy, resultsWanted } from './policy.ts';

export interface MostPaid {
  /** Results of the unit. */
  results: number;
  /** Rows of the unit that contributors audit. */
  auditedRows: number;
}

/** Who leaves has one more row of each unit in its window audited. */
const leaverRows = 1;

/**
 * | kind, level            | results | why                                                         |
 * |------------------------|---------|-------------------------------------------------------------|
 * | exact, sampled or full | 2       | a unit has room for two results that are open or wait       |
 * | exact, trusted         | 1       | the coordinator is the second                               |
 * | bounded                | 3       | a third is asked where two differ, and may agree with both  |
 * | bounded, trusted       | 2       | both are leased before the coordinator computes             |
 *
 * A unit may see more: a lease that ran out may still bring its result while the unit is open or held,
 * so that there is no end to them by states.ts alone; and rows are drawn and asked again after each
 * conviction. Those are the coordinator's to pay, or to compute.
 */
export function mostPaid(kind: 'work' | 'bounded', level: Level, rules: Policy): MostPaid {
  if (kind === 'bounded') {
    return { results: level === 'trusted' ? boundedWanted : boundedWanted + 1, auditedRows: 0 };
  }
  if (level === 'trusted') return { results: resultsWanted(level), auditedRows: 0 };
  const drawn = Math.max(rules.auditedRows[level], ...rules.watched.map(({ rows }) => rows));
  return { results: 2, auditedRows: drawn + leaverRows };
}
