// The numbers of the verdict ladder, and what follows from a contributor's record alone. The
// simulation (tests/sim) runs the same functions with other numbers to draw the frontier of cost
// against risk; docs/verdicts.md says how these were chosen.

/** How much a requester wants checked: `x_verification` of a batch. */
export const levels = ['sampled', 'full', 'trusted'] as const;
export type Level = (typeof levels)[number];

/** What one account has done on one model with one backend. */
export interface TrackRecord {
  /** Results in a row that another contributor, or the coordinator, confirmed whole. */
  run: number;
  /** Units that it holds or has held: its answers that became a unit's output. */
  held: number;
  /** Of those: confirmed by every row that was audited. */
  confirmed: number;
  /** Rows drawn for audit from those units. */
  drawn: number;
  /** Rows leased to it to audit. */
  audits: number;
}

/** Of a newcomer, and of a convict: what it did before it was caught speaks for it no longer. */
export const newRecord: TrackRecord = { run: 0, held: 0, confirmed: 0, drawn: 0, audits: 0 };

export interface Policy {
  /** Confirmed results in a row before one result is enough. */
  runMin: number;
  /** Units confirmed by audits before one result is enough whatever the run. */
  provenMin: number;
  /** Rows audited of a finished unit, by level. */
  auditedRows: { [L in Level]: number };
  /** Rows audited instead while a record has few confirmed units: the first line that fits. */
  watched: readonly { confirmedBelow: number; rows: number }[];
  /** Share of the audited rows that the coordinator recomputes itself: it colludes with nobody. */
  coordinatorShare: number;
  /** Later units of the same record that are confirmed before a unit is released. */
  holdUnits: readonly { confirmedBelow: number; units: number }[];
  /** An account may audit so many rows for each that was drawn from its own units. */
  auditSlack: number;
  /** Convictions of an account: below it a device may be sick, from it on the account is banned. */
  convictionsMax: number;
}

export const policy: Policy = {
  runMin: 10,
  provenMin: 200,
  auditedRows: { sampled: 1, full: 6, trusted: 0 },
  watched: [
    { confirmedBelow: 200, rows: 8 },
    { confirmedBelow: 1_000, rows: 3 },
  ],
  coordinatorShare: 1 / 64,
  holdUnits: [
    { confirmedBelow: 1_000, units: 32 },
    { confirmedBelow: Number.POSITIVE_INFINITY, units: 8 },
  ],
  auditSlack: 1.5,
  convictionsMax: 2,
};

/** A number in [0, 1) that no contributor can foresee, fixed by the words it is drawn for. */
export type Draw = (...words: (string | number)[]) => number;

/**
 * Whether one result is enough. A lease that runs out starts the run again, and the ten units that
 * follow are paid twice: whoever lets one in ten run out makes all its units cost double. So only a
 * newcomer's run is asked for. Of the others audits have said more than a lost lease can.
 */
export function isTrusted({ run, confirmed }: TrackRecord, rules: Policy): boolean {
  return run >= rules.runMin || confirmed >= rules.provenMin;
}

/**
 * Results wanted of a unit when a lease of it is granted. Whose word alone is not enough is given a
 * partner by the judge, once it has answered: who only takes leases makes nothing cost double.
 */
export function resultsWanted(level: Level): 1 | 2 {
  return level === 'full' ? 2 : 1;
}

/** Rows of a unit to audit, by what is known of the contributor that is best known of its holders. */
export function rowsToAudit(level: Level, { confirmed }: TrackRecord, rules: Policy): number {
  if (level === 'trusted') return 0;
  const watched = rules.watched.find(({ confirmedBelow }) => confirmed < confirmedBelow);
  return Math.max(rules.auditedRows[level], watched?.rows ?? 0);
}

/**
 * Whether an account may be leased one more audit: they come in proportion to the audits that its own
 * work needs, so that nobody draws more of its friends' rows by asking more often, and together all
 * can do what is needed.
 */
export function mayAudit(record: TrackRecord, rules: Policy): boolean {
  return isTrusted(record, rules) && record.audits <= rules.auditSlack * record.drawn;
}

/** Units of the record that must be confirmed, itself included, before a unit is released. */
export function releaseAt(heldBefore: number, { confirmed }: TrackRecord, rules: Policy): number {
  const window = rules.holdUnits.find(({ confirmedBelow }) => confirmed < confirmedBelow);
  return heldBefore + 1 + (window?.units ?? 0);
}
