// Units with every result on them that may still matter.
import { unitStates } from '#validator/states.ts';
import { openPurse, purseColumns } from './charge.ts';
import {
  type Arrival,
  evidenceColumns,
  type KeptEvidence,
  type Purse,
  type ResultRow,
  type UnitRow,
  unitColumns,
} from './settlement.ts';
import type { Transaction } from './transaction.ts';

export interface LoadedUnits {
  units: UnitRow[];
  /** Of these units, oldest first. */
  results: ResultRow[];
}

/** Of either kind. */
export async function loadUnits(
  transaction: Transaction,
  unitIds: readonly number[],
): Promise<UnitRow[]> {
  if (unitIds.length === 0) return [];
  const units = await transaction.query<UnitRow>(
    `select ${unitColumns} from units where id = any($1::bigint[]) order by id`,
    [[...new Set(unitIds)]],
  );
  return completeUnits(transaction, units);
}

/**
 * What their batches say of them. Asked apart: a commit's units are of few batches, and a join looks
 * one up for each.
 */
export async function completeUnits(
  transaction: Transaction,
  units: UnitRow[],
): Promise<UnitRow[]> {
  const ids = [...new Set(units.flatMap(({ batch_id }) => batch_id ?? []))];
  if (ids.length > 0) {
    const rows = await transaction.query<Pick<UnitRow, 'open' | 'ending'> & Purse & { id: string }>(
      `select id, open, status <> 'in_progress' or expired_at is not null as ending,
         ${purseColumns}
       from batches where id = any($1::text[])`,
      [ids],
    );
    const batches = new Map(rows.map((batch) => [batch.id, batch]));
    for (const unit of units) {
      const batch = batches.get(unit.batch_id ?? '');
      const { open = false, ending = false } = batch ?? {};
      Object.assign(unit, { open, ending, ...(batch && { purse: openPurse(transaction, batch) }) });
    }
  }
  return units;
}

/** @param arrivals results that are in no table yet */
export async function withResults(
  transaction: Transaction,
  units: UnitRow[],
  arrivals: readonly Arrival[] = [],
): Promise<LoadedUnits> {
  const known = new Set(units.map(({ id }) => id));
  const fresh = arrivals.filter(({ unit_id }) => known.has(unit_id));
  // An open unit without answers, as most are whose first result arrives, has none that matter.
  const answered = units.filter((unit) => unit.answered > 0 || unitStates[unit.state] !== 'open');
  const results = await loadResults(
    transaction,
    answered.map(({ id }) => id),
  );
  return { units, results: [...results, ...fresh] };
}

/** Results that are not rejected, oldest first. */
async function loadResults(
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

/** Held results as their receipts will show them, oldest first. */
export async function loadHeldResults(
  transaction: Transaction,
  unitIds: readonly number[],
): Promise<ResultRow[]> {
  const rows = await transaction.query<ResultRow & KeptEvidence>(
    `select lease_id, unit_id, session_id, account_id, backend, digest, output_blob, state,
       ${evidenceColumns}
     from results where unit_id = any($1::bigint[]) and state = 3 order by received_at, lease_id`,
    [unitIds],
  );
  return rows.map(({ payload, signature, place, path, head, ...row }) => ({
    ...row,
    evidence: { payload, signature, place, path, head },
  }));
}
