// Rows drawn for audit, on their way to a verdict, and what it means for their units.
import { assert } from '#protocol/errors.ts';
import { rowStates, unitStates } from '#validator/states.ts';
import { modelHex } from './hex.ts';
import type { Outcome } from './outcome.ts';
import { send } from './send.ts';
import type { Transaction } from './transaction.ts';

/** What a row's verdict does to its unit: as the unit was before any row of this pass. */
export interface AuditedUnit {
  unit_id: number;
  batch_id: string | null;
  model: Uint8Array;
  rows_open: number;
  unit_state: number;
  holder_account: string | null;
  holder_backend: string | null;
}

export const auditedColumns = `audit_rows.unit_id, units.batch_id, units.model, units.rows_open,
  units.state as unit_state, units.holder_account, units.holder_backend`;

export interface VerdictRow extends AuditedUnit {
  id: number;
  place: number;
  audit_id: number;
  audit_place: number;
  digest: Uint8Array | null;
}

export interface AgreedRow extends AuditedUnit {
  id: number;
  /** An account, or `coordinator`. */
  auditor: string;
}

/**
 * Rows whose digest another computed too: their units wait for fewer, and their holders are sure. The
 * units' own count is written later, by `writeFewer`: most of them are released in the same pass, which
 * rewrites them in any case.
 * @param rows that wait for a verdict, each once
 */
export async function confirmRows(
  transaction: Transaction,
  outcome: Outcome,
  rows: readonly AgreedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await send(
    transaction,
    `update audit_rows set state = 3, auditor = agreed.auditor
     from unnest($1::bigint[], $2::bigint[], $3::text[]) as agreed (unit_id, id, auditor)
     where audit_rows.unit_id = agreed.unit_id and audit_rows.id = agreed.id
       and state in (0, 1, 2)`,
    [
      rows.map(({ unit_id }) => unit_id),
      rows.map(({ id }) => id),
      rows.map(({ auditor }) => auditor),
    ],
  );
  for (const row of rows) {
    const count = (outcome.confirmed.get(row.unit_id)?.count ?? 0) + 1;
    const left = row.rows_open - count;
    assert(left >= 0, 'a unit has as many open rows as are confirmed');
    outcome.confirmed.set(row.unit_id, { count, left });
    outcome.count(row.batch_id, { rowsOpen: -1 });
    const { holder_account: account, holder_backend: backend } = row;
    if (left > 0 || unitStates[row.unit_state] !== 'held') continue;
    assert(account !== null && backend !== null, 'a held unit has a holder');
    outcome.records.add({ account, model: modelHex(row.model), backend }, { confirmed: 1 });
  }
}

/** Rows confirmed of each unit, and how many it still waits for. */
export type ConfirmedRows = Map<number, { count: number; left: number }>;

/** Before anything else reads the units. */
export async function writeFewer(
  transaction: Transaction,
  confirmed: ConfirmedRows,
): Promise<void> {
  if (confirmed.size === 0) return;
  const units = [...confirmed];
  await send(
    transaction,
    `update units set rows_open = rows_open - count
     from unnest($1::bigint[], $2::int[]) as counted (unit_id, count) where units.id = unit_id`,
    [units.map(([id]) => id), units.map(([, { count }]) => count)],
  );
  confirmed.clear();
}

export interface RefutedRow {
  id: number;
  unit_id: number;
  place: number;
  /** What its unit says, and what the coordinator computed. */
  digest: Uint8Array | null;
  truth: Uint8Array;
}

/** Rows that were wrong: whoever stands behind their units is convicted. */
export async function refuteRows(
  transaction: Transaction,
  outcome: Outcome,
  rows: readonly RefutedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.query(
    'update audit_rows set state = $3 where unit_id = any($1::bigint[]) and id = any($2::bigint[])',
    [rows.map(({ unit_id }) => unit_id), rows.map(({ id }) => id), rowStates.indexOf('refuted')],
  );
  const holders = await transaction.query<{
    unit_id: number;
    account_id: string;
    lease_id: string;
  }>(
    `select unit_id, account_id, lease_id from results
     where unit_id = any($1::bigint[]) and state in (1, 3) order by lease_id`,
    [[...new Set(rows.map(({ unit_id }) => unit_id))]],
  );
  for (const { unit_id: unit, account_id: account, lease_id: lease } of holders) {
    const row = rows.find((one) => one.unit_id === unit);
    assert(row?.digest, 'a refuted row had a digest');
    const { place, digest, truth } = row;
    outcome.convictions.push({ account, lease, unit, place, digest, truth });
  }
}
