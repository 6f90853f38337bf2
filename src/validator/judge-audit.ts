// The verdict on an audit unit: rows that several contributors computed, computed again by another.
// Each row is compared alone. Where one differs, the coordinator's own digest of that row says who
// was wrong; it may be either, or both.
import { assert } from '#protocol/errors.ts';

/** A row of an audit unit, in the unit's order. */
export interface AuditedRow {
  /** What the unit that it was drawn from says; null once that unit was opened again. */
  expected: string | null;
  /** What the auditor computed. */
  given: string;
  /** What the coordinator computed, once it has. */
  truth: string | null;
}

export interface AuditJudgement {
  /** `arbitrating` while the coordinator must compute the disputed rows. */
  state: 'arbitrating' | 'done';
  /** Places of rows whose expected digest is confirmed. */
  confirmed: number[];
  /** Places of rows that the coordinator must compute. */
  disputed: number[];
  /** Places of rows whose expected digest is wrong: their holders are convicted. */
  refuted: number[];
  /** Whether the auditor's own result stands; null while arbitrating. */
  accepted: boolean | null;
}

export function judgeAudit(rows: readonly AuditedRow[]): AuditJudgement {
  assert(rows.length > 0, 'an audit has rows');
  const places = (holds: (row: AuditedRow) => boolean) =>
    rows.flatMap((row, place) => (holds(row) ? [place] : []));
  const differs = (row: AuditedRow) => row.expected !== null && row.expected !== row.given;
  const disputed = places((row) => differs(row) && row.truth === null);
  const agreed = places((row) => row.expected !== null && !differs(row));
  if (disputed.length > 0) {
    return { state: 'arbitrating', confirmed: agreed, disputed, refuted: [], accepted: null };
  }
  return {
    state: 'done',
    confirmed: [...agreed, ...places((row) => differs(row) && row.expected === row.truth)].sort(
      (a, b) => a - b,
    ),
    disputed: [],
    refuted: places((row) => differs(row) && row.expected !== row.truth),
    accepted: rows.every((row) => !differs(row) || row.given === row.truth),
  };
}
