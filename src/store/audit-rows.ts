// Rows drawn for audit, on their way to a verdict, and what it means for their units.
import { toHex } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { rowStates } from '#validator/states.ts';
import { groupBy } from './group-by.ts';
import type { Outcome } from './outcome.ts';
import type { Transaction } from './transaction.ts';

export interface VerdictRow {
  id: number;
  unit_id: number;
  place: number;
  audit_id: number;
  audit_place: number;
  digest: Uint8Array | null;
  holder_account: string | null;
}

interface ConfirmedUnit {
  batch_id: string;
  rows_open: number;
  state: number;
  holder_account: string;
  holder_backend: string;
  model: Uint8Array;
  count: number;
}

export interface AgreedRow {
  id: number;
  unit_id: number;
  /** An account, or `coordinator`. */
  auditor: string;
}

/** Rows whose digest another computed too: their units wait for fewer, and their holders are sure. */
export async function confirmRows(
  transaction: Transaction,
  outcome: Outcome,
  rows: readonly AgreedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const confirmed = await transaction.query<{ unit_id: number }>(
    `update audit_rows set state = 3, auditor = agreed.auditor
     from unnest($1::bigint[], $2::bigint[], $3::text[]) as agreed (unit_id, id, auditor)
     where audit_rows.unit_id = agreed.unit_id and audit_rows.id = agreed.id
       and state in (0, 1, 2) returning audit_rows.unit_id`,
    [
      rows.map(({ unit_id }) => unit_id),
      rows.map(({ id }) => id),
      rows.map(({ auditor }) => auditor),
    ],
  );
  const counts = groupBy(confirmed, ({ unit_id }) => unit_id);
  const units = await transaction.query<ConfirmedUnit>(
    `update units set rows_open = rows_open - count
     from unnest($1::bigint[], $2::int[]) as counted (unit_id, count) where units.id = unit_id
     returning batch_id, rows_open, state, holder_account, holder_backend, model, count`,
    [[...counts.keys()], [...counts.values()].map(({ length }) => length)],
  );
  for (const unit of units) {
    outcome.count(unit.batch_id, { rowsOpen: -unit.count });
    if (unit.rows_open > 0 || unit.state !== 4) continue;
    const { holder_account: account, holder_backend: backend } = unit;
    outcome.records.add({ account, model: toHex(unit.model), backend }, { confirmed: 1 });
  }
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
