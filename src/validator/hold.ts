// When a held unit is let go: its own rows are confirmed, and so are the units that its contributor
// computed after it, or there will be none. What is held is voided whole when a liar is caught.

export interface HeldUnit {
  /** Audited rows without a verdict. */
  rowsOpen: number;
  /** Units that its holder's record must have confirmed (policy.ts, releaseAt); 0 once closed. */
  releaseAt: number;
}

export interface HeldSurroundings {
  /** Confirmed units of the holder's record. */
  confirmed: number;
  /** Every unit of the batch is held or over, and no row of it waits for a verdict. */
  tail: boolean;
}

export function mayRelease(
  { rowsOpen, releaseAt }: HeldUnit,
  { confirmed, tail }: HeldSurroundings,
): boolean {
  return rowsOpen === 0 && (tail || confirmed >= releaseAt);
}

/** What becomes of an account whose result was proved wrong. */
export function convict(convictionsBefore: number, convictionsMax: number): 'probation' | 'banned' {
  return convictionsBefore + 1 >= convictionsMax ? 'banned' : 'probation';
}
