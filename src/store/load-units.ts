// Units with every result on them that may still matter, locked in one order.
import {
  type Arrival,
  type ResultRow,
  type UnitRow,
  unitColumns,
  unitKinds,
} from './settlement.ts';
import type { Transaction } from './transaction.ts';

export async function loadUnits(
  transaction: Transaction,
  unitIds: readonly number[],
  { kind, arrivals = [] }: { kind: (typeof unitKinds)[number]; arrivals?: readonly Arrival[] },
): Promise<{ units: UnitRow[]; results: ResultRow[] }> {
  const units = await transaction.query<UnitRow>(
    `select ${unitColumns} from units where id = any($1) and kind = $2 order by id`,
    [[...new Set(unitIds)], unitKinds.indexOf(kind)],
  );
  const ids = units.map(({ id }) => id);
  const known = new Set(ids);
  const fresh = arrivals.filter(({ unit_id }) => known.has(unit_id));
  return { units, results: [...(await loadResults(transaction, ids)), ...fresh] };
}

/** Results that are not rejected, oldest first. */
export async function loadResults(
  transaction: Transaction,
  unitIds: readonly number[],
): Promise<ResultRow[]> {
  if (unitIds.length === 0) return [];
  return transaction.query<ResultRow>(
    `select lease_id, unit_id, session_id, account_id, backend, digest, output_blob, state
     from results where unit_id = any($1) and state <> 2 order by received_at, lease_id`,
    [unitIds],
  );
}
