// Held units are let go: their rows are confirmed, and so are the units that their contributor
// computed after them, or the batch has nothing left to wait for. Here credit is earned.
import { fromHex } from '#protocol/bytes.ts';
import { type ConfirmedRows, writeFewer } from './audit-rows.ts';
import { groupBy } from './group-by.ts';
import { completeUnits, loadHeldResults } from './load-units.ts';
import { createOutcome, type Outcome } from './outcome.ts';
import { type ResultRow, type UnitRow, unitColumns, type VerdictContext } from './settlement.ts';
import { openRecords, type RecordKey } from './track-records.ts';
import type { Transaction } from './transaction.ts';
import { writeOutcome } from './write-outcome.ts';

/** What a settlement changed, by which a held unit may be let go. */
export interface Touched {
  records: RecordKey[];
  batches: Set<string>;
  /** Of units whose own count of them is not written yet. */
  confirmed: ConfirmedRows;
}

export const nothingTouched = (): Touched => ({
  records: [],
  batches: new Set(),
  confirmed: new Map(),
});

export async function releaseUnits(
  transaction: Transaction,
  { records, batches, confirmed }: Touched,
  context: VerdictContext,
): Promise<void> {
  const sure = [...confirmed].flatMap(([id, { left }]) => (left === 0 ? [id] : []));
  const found = await Promise.all([
    findConfirmed(transaction, records, sure),
    findTails(transaction, [...batches], sure),
  ]);
  const distinct = new Map(found.flat().map((unit) => [unit.id, unit]));
  for (const id of distinct.keys()) confirmed.delete(id);
  await writeFewer(transaction, confirmed);
  if (distinct.size === 0) return;
  const units = [...distinct.values()].sort((a, b) => a.id - b.id);
  const ids = units.map(({ id }) => id);
  const [results, auditors] = await Promise.all([
    loadHeldResults(transaction, ids),
    findAuditors(transaction, ids),
    completeUnits(transaction, units),
  ]);
  const outcome = createOutcome(await openRecords(transaction, []), context);
  const resultsOf = groupBy(results, ({ unit_id }) => unit_id);
  for (const unit of units) {
    const own = resultsOf.get(unit.id) ?? [];
    release(outcome, unit, { results: own, auditors: auditors.get(unit.id) ?? [] });
  }
  await writeOutcome(transaction, outcome);
}

/** What no verdict has let go: batches whose last open thing ended without one. */
export async function releaseTails(
  transaction: Transaction,
  context: VerdictContext,
): Promise<void> {
  const tails = await transaction.query<{ id: string }>(
    `select id from batches where status in ('in_progress', 'cancelling') and rows_open = 0
       and units_held > 0 and units_done + units_held + units_withdrawn = units_total`,
  );
  const batches = new Set(tails.map(({ id }) => id));
  await releaseUnits(transaction, { ...nothingTouched(), batches }, context);
}

/** @param sure units whose last row was confirmed just now, which their own count does not say yet */
async function findConfirmed(
  transaction: Transaction,
  records: RecordKey[],
  sure: number[],
): Promise<UnitRow[]> {
  if (records.length === 0) return [];
  return transaction.query<UnitRow>(
    `select ${unitColumns} from unnest($1::text[], $2::bytea[], $3::text[])
         as risen (account_id, model, backend)
       join records using (account_id, model, backend)
       join units on holder_account = records.account_id and units.model = records.model
         and holder_backend = records.backend
     where units.state + 0 = 4 and release_at <= confirmed
       and (units.rows_open = 0 or units.id = any($4::bigint[]))`,
    [
      records.map(({ account }) => account),
      records.map(({ model }) => fromHex(model)),
      records.map(({ backend }) => backend),
      sure,
    ],
  );
}

/** Held units of batches in which nothing is open: no unit and no row. The batches are asked first. */
async function findTails(
  transaction: Transaction,
  batches: string[],
  sure: number[],
): Promise<UnitRow[]> {
  if (batches.length === 0) return [];
  const tails = await transaction.query<{ id: string }>(
    `select id from batches where id = any($1::text[]) and status in ('in_progress', 'cancelling')
       and rows_open = 0 and units_held > 0
       and units_done + units_held + units_withdrawn = units_total`,
    [batches],
  );
  if (tails.length === 0) return [];
  return transaction.query<UnitRow>(
    `select ${unitColumns} from units
     where batch_id = any($1::text[]) and state = 4
       and (rows_open = 0 or id = any($2::bigint[]))`,
    [tails.map(({ id }) => id), sure],
  );
}

/** Who confirmed rows of each unit. */
async function findAuditors(transaction: Transaction, units: number[]) {
  const rows = await transaction.query<{ unit_id: number; auditors: string[] }>(
    `select unit_id, array_agg(distinct auditor order by auditor) as auditors from audit_rows
     where unit_id = any($1::bigint[]) and state = 3 group by unit_id`,
    [units],
  );
  return new Map(rows.map(({ unit_id, auditors }) => [unit_id, auditors]));
}

const audited = {
  code: 'verdict/audited',
  message: 'Another machine got the same bytes for a row of this unit.',
};

const confirmed = { code: 'verdict/confirmed', message: 'Another result has the same digest.' };

function release(
  outcome: Outcome,
  unit: UnitRow,
  { results, auditors }: { results: ResultRow[]; auditors: string[] },
): void {
  for (const result of results) {
    const others = results.filter((other) => other !== result).map(({ account_id }) => account_id);
    const how = others.length > 0 ? confirmed : audited;
    const confirmedBy = [...others, ...auditors.filter((name) => !others.includes(name))];
    outcome.rule(unit, result, { to: 'accepted', ...how, confirmedBy });
  }
  outcome.count(unit.batch_id, { held: -1, done: 1, lines: unit.lines_alone });
  // The record's count goes on: a released unit stays confirmed.
  outcome.released.push(unit.id);
}
