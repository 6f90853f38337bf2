// Units with every result on them that may still matter.
import { type Arrival, type ResultRow, type UnitRow, unitColumns } from './settlement.ts';
import type { Transaction } from './transaction.ts';

export interface LoadedUnits {
  units: UnitRow[];
  /** Of these units, oldest first. */
  results: ResultRow[];
}

/** Of either kind. @param arrivals results that are in no table yet */
export async function loadUnits(
  transaction: Transaction,
  unitIds: readonly number[],
  arrivals: readonly Arrival[] = [],
): Promise<LoadedUnits> {
  const units = await loadUnitRows(transaction, unitIds);
  const ids = units.map(({ id }) => id);
  const known = new Set(ids);
  const fresh = arrivals.filter(({ unit_id }) => known.has(unit_id));
  return { units, results: [...(await loadResults(transaction, ids)), ...fresh] };
}

/** @param condition narrows them further */
export async function loadUnitRows(
  transaction: Transaction,
  unitIds: readonly number[],
  condition = 'true',
): Promise<UnitRow[]> {
  if (unitIds.length === 0) return [];
  const units = await transaction.query<UnitRow>(
    `select ${unitColumns} from units where id = any($1::bigint[]) and ${condition} order by id`,
    [[...new Set(unitIds)]],
  );
  const batches = await loadBatches(transaction, units);
  for (const unit of units) {
    const { open = false, ending = false } = batches.get(unit.batch_id) ?? {};
    Object.assign(unit, { open, ending });
  }
  return units;
}

/** Asked apart: a commit's units are of few batches, and a join looks one up for each. */
async function loadBatches(transaction: Transaction, units: readonly UnitRow[]) {
  const ids = [...new Set(units.flatMap(({ batch_id }) => batch_id ?? []))];
  if (ids.length === 0) return new Map();
  const batches = await transaction.query<Pick<UnitRow, 'open' | 'ending'> & { id: string | null }>(
    `select id, open, status <> 'in_progress' or expired_at is not null as ending
     from batches where id = any($1::text[])`,
    [ids],
  );
  return new Map(batches.map((batch) => [batch.id, batch]));
}

/** Results that are not rejected, oldest first. */
export async function loadResults(
  transaction: Transaction,
  unitIds: readonly number[],
): Promise<ResultRow[]> {
  if (unitIds.length === 0) return [];
  return transaction.query<ResultRow>(
    `select lease_id, unit_id, session_id, account_id, backend, digest, output_blob, state
     from results where unit_id = any($1::bigint[]) and state <> 2 order by received_at, lease_id`,
    [unitIds],
  );
}
