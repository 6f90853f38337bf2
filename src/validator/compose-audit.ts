// An audit unit is gathered from rows of several contributors, for an auditor who is a stranger to
// all of them. It is made in the sight of who asks for work just now, so that somebody can take it.

/** A row that waits for its auditor. */
export interface WaitingRow {
  id: number;
  unit: number;
  /** Accounts that may not audit it: the unit's holders, and who audited other rows of it. */
  accounts: readonly string[];
  addresses: readonly string[];
  waitingMs: number;
}

export interface Auditor {
  account: string;
  address: string;
}

export interface ComposeOptions {
  rowsMax: number;
  /** A unit of fewer rows is made once its oldest row has waited so long. */
  waitMs: number;
  /** One address may audit itself. */
  laboratory: boolean;
  /** In [0, 1). */
  draw: number;
}

/**
 * @param waiting rows of one model, project, access list and length class, oldest first
 * @param live contributors that asked for work lately and may audit
 * @returns the rows of one audit unit, or none while it is worth waiting
 */
export function composeAudit(
  waiting: readonly WaitingRow[],
  live: readonly Auditor[],
  { rowsMax, waitMs, laboratory, draw }: ComposeOptions,
): WaitingRow[] {
  const old = waiting.some(({ waitingMs }) => waitingMs >= waitMs);
  if (waiting.length === 0 || live.length === 0 || (waiting.length < rowsMax && !old)) return [];
  // From a random one on, the first who can take something worth taking.
  const start = Math.floor(draw * live.length);
  for (let step = 0; step < live.length; step++) {
    const auditor = live[(start + step) % live.length];
    const rows = chooseRows(waiting, auditor, { rowsMax, laboratory });
    const enough = rows.length === rowsMax || rows.some(({ waitingMs }) => waitingMs >= waitMs);
    if (enough) return rows;
  }
  return [];
}

/** The oldest rows that a contributor is a stranger to, at most one of a unit. */
function chooseRows(
  waiting: readonly WaitingRow[],
  auditor: Auditor,
  { rowsMax, laboratory }: Pick<ComposeOptions, 'rowsMax' | 'laboratory'>,
): WaitingRow[] {
  const chosen: WaitingRow[] = [];
  const units = new Set<number>();
  for (const row of waiting) {
    if (chosen.length === rowsMax) break;
    if (units.has(row.unit) || !isStranger(row, auditor, laboratory)) continue;
    units.add(row.unit);
    chosen.push(row);
  }
  return chosen;
}

export function isStranger(
  { accounts, addresses }: Pick<WaitingRow, 'accounts' | 'addresses'>,
  { account, address }: Auditor,
  laboratory: boolean,
): boolean {
  return !accounts.includes(account) && (laboratory || !addresses.includes(address));
}
