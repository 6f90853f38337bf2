// Runs the judges over units and has written down what they say: results, credit, receipts, units,
// audited rows, records and the batch's counts, all in the caller's transaction, so that a credit
// exists once. A conviction opens units again, which are judged again, until nothing moves.
import { equalBytes } from '#protocol/bytes.ts';
import { unitStates } from '#validator/states.ts';
import {
  type AuditedUnit,
  auditedColumns,
  confirmRows,
  refuteRows,
  writeFewer,
} from './audit-rows.ts';
import { makeDraw } from './draw.ts';
import { type LoadedUnits, loadUnits, withResults } from './load-units.ts';
import { createOutcome, type Outcome } from './outcome.ts';
import { nothingTouched, releaseUnits, type Touched } from './release-units.ts';
import { type ComputedRows, settleAudits } from './settle-audits.ts';
import { type ComparedUnit, settleBounded } from './settle-bounded.ts';
import { settleWork } from './settle-work.ts';
import {
  type Arrival,
  type Recomputed,
  type UnitRow,
  unitKinds,
  type VerdictContext,
  type VerdictOptions,
} from './settlement.ts';
import { openRecords } from './track-records.ts';
import type { Transaction } from './transaction.ts';
import { voidAccounts } from './void-accounts.ts';
import { writeOutcome } from './write-outcome.ts';

export interface SettleOptions extends VerdictOptions {
  /** Results that are in no table yet. */
  arrivals?: readonly Arrival[];
  /** The units in question, where the caller has read them. */
  loaded?: UnitRow[];
  /** By unit id: the coordinator's own results. */
  recomputed?: Map<number, Recomputed>;
  /** By audit unit id: digests of its rows, the auditor's and the coordinator's. */
  computedRows?: Map<number, ComputedRows>;
  /** By unit id: how the results of a bounded unit compare. */
  compared?: Map<number, ComparedUnit>;
}

/** @param unitIds every unit whose results or own recomputation are new */
export async function settleUnits(
  transaction: Transaction,
  unitIds: readonly number[],
  { now, rules, secret, named, ...computed }: SettleOptions,
): Promise<void> {
  const context: VerdictContext = { now, rules, draw: makeDraw(secret), named };
  const touched = nothingTouched();
  await settleAll(transaction, unitIds, { context, computed, touched });
}

/** A row that the coordinator audits itself. */
export interface ComputedRow {
  id: number;
  /** What the unit's output says, and what the coordinator computed. */
  digest: Uint8Array;
  truth: Uint8Array;
}

export async function settleRows(
  transaction: Transaction,
  { rows, now, rules, secret, named }: VerdictOptions & { rows: ComputedRow[] },
): Promise<void> {
  const context: VerdictContext = { now, rules, draw: makeDraw(secret), named };
  const touched = nothingTouched();
  const found = await transaction.query<AuditedUnit & { id: number; place: number }>(
    `select audit_rows.id, place, ${auditedColumns}
     from audit_rows join units on units.id = unit_id
     where audit_rows.id = any($1::bigint[]) and audit_rows.state + 0 = 0 order by audit_rows.id`,
    [rows.map(({ id }) => id)],
  );
  const outcome = createOutcome(await openRecords(transaction, []), context);
  const known = new Map(rows.map((row) => [row.id, row]));
  const computed = found.map((row) => ({ ...row, ...(known.get(row.id) as ComputedRow) }));
  const right = computed.filter(({ digest, truth }) => equalBytes(digest, truth));
  const coordinator = right.map((row) => ({ ...row, auditor: 'coordinator' }));
  await confirmRows(transaction, outcome, coordinator);
  const wrong = computed.filter((row) => !right.includes(row));
  await refuteRows(transaction, outcome, wrong);
  const ids = await closePass(transaction, outcome, { context, touched });
  await settleAll(transaction, ids, { context, computed: {}, touched });
}

async function settleAll(
  transaction: Transaction,
  unitIds: readonly number[],
  pass: Pass,
): Promise<void> {
  let ids = unitIds;
  let next = pass;
  while (ids.length > 0) {
    ids = await settleOnce(transaction, ids, next);
    next = { ...pass, computed: {} };
  }
  await releaseUnits(transaction, pass.touched, pass.context);
}

interface Pass {
  context: VerdictContext;
  computed: Pick<SettleOptions, 'arrivals' | 'loaded' | 'recomputed' | 'computedRows' | 'compared'>;
  touched: Touched;
}

/** @returns units that were opened again with answers left */
async function settleOnce(
  transaction: Transaction,
  unitIds: readonly number[],
  { context, computed, touched }: Pass,
): Promise<number[]> {
  // Audits first: what they confirm or refute is known when the units are judged.
  const { arrivals = [] } = computed;
  const loaded = computed.loaded ?? (await loadUnits(transaction, unitIds));
  const all = await withResults(transaction, loaded, arrivals);
  const audits = ofKind(all, 'audit');
  let work = ofKind(all, 'work');
  if (audits.units.length > 0) {
    const audited = await openOutcome(transaction, audits, { context, arrivals });
    await settleAudits(transaction, audited, { ...audits, computed: computed.computedRows });
    const opened = await closePass(transaction, audited, { context, touched });
    // Open units are as they were, unless somebody was convicted.
    const moved = work.units.some(({ state }) => unitStates[state] !== 'open');
    if (moved || audited.convictions.length > 0) {
      await writeFewer(transaction, touched.confirmed);
      const again = await loadUnits(transaction, [...unitIds, ...opened]);
      work = ofKind(await withResults(transaction, again, arrivals), 'work');
    }
  }
  const bounded = ofKind(all, 'bounded');
  const judged = await openOutcome(transaction, unite(work, bounded), { context, arrivals });
  settleWork(judged, { ...work, recomputed: computed.recomputed });
  settleBounded(judged, { ...bounded, compared: computed.compared });
  return closePass(transaction, judged, { context, touched });
}

function ofKind(loaded: LoadedUnits, kind: (typeof unitKinds)[number]): LoadedUnits {
  const units = loaded.units.filter((unit) => unitKinds[unit.kind] === kind);
  const ids = new Set(units.map(({ id }) => id));
  return { units, results: loaded.results.filter(({ unit_id }) => ids.has(unit_id)) };
}

function unite(a: LoadedUnits, b: LoadedUnits): LoadedUnits {
  if (b.units.length === 0) return a;
  return { units: [...a.units, ...b.units], results: [...a.results, ...b.results] };
}

/** Writes what was ruled. @returns units opened again by its convictions, with answers left */
async function closePass(
  transaction: Transaction,
  outcome: Outcome,
  { context, touched }: Pick<Pass, 'context' | 'touched'>,
): Promise<number[]> {
  const { records, batches, convictions } = outcome;
  touched.records.push(...records.risen());
  for (const batch of batches.keys()) touched.batches.add(batch);
  for (const [unit, rows] of outcome.confirmed) touched.confirmed.set(unit, rows);
  await records.write();
  await writeOutcome(transaction, outcome);
  if (convictions.length > 0) await writeFewer(transaction, touched.confirmed);
  return voidAccounts(transaction, convictions, { context, touched });
}

async function openOutcome(
  transaction: Transaction,
  { units, results }: LoadedUnits,
  { context, arrivals }: { context: VerdictContext; arrivals: readonly Arrival[] },
): Promise<Outcome> {
  const accounts = results.map(({ account_id }) => account_id);
  const holders = units.flatMap(({ holder_account }) => holder_account ?? []);
  const records = await openRecords(transaction, [...accounts, ...holders]);
  const ids = new Set(units.map(({ id }) => id));
  const own = arrivals.filter(({ unit_id }) => ids.has(unit_id));
  return createOutcome(records, context, own);
}
