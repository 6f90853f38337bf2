// Audit units, judged: an answer whose root is the expected one confirms every row at once; any
// other waits until the coordinator has computed the rows in question.
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { type AuditJudgement, judgeAudit } from '#validator/judge-audit.ts';
import { unitStates } from '#validator/states.ts';
import {
  type AgreedRow,
  auditedColumns,
  confirmRows,
  refuteRows,
  type VerdictRow,
} from './audit-rows.ts';
import { openPurses } from './charge.ts';
import { groupBy } from './group-by.ts';
import { noHold, type Outcome } from './outcome.ts';
import { recordKey, stateOf } from './settle-work.ts';
import type { ResultRow, UnitRow } from './settlement.ts';
import type { Transaction } from './transaction.ts';

/** Digests of an audit unit's rows, by place. */
export interface ComputedRows {
  /** The auditor's. */
  given: Uint8Array[];
  /** The coordinator's, where the two that it has differ. */
  truths: (Uint8Array | null)[];
}

interface AuditsInput {
  units: readonly UnitRow[];
  results: readonly ResultRow[];
  computed: Map<number, ComputedRows> | undefined;
}

const accepted = {
  to: 'accepted',
  code: 'verdict/confirmed',
  message: 'Every row has the bytes that another machine computed.',
} as const;

const refused = {
  to: 'rejected',
  code: 'verdict/digest-mismatch',
  message: 'A row differs from what the coordinator computed.',
  confirmedBy: [],
} as const;

const superseded = {
  to: 'rejected',
  code: 'verdict/superseded',
  message: 'The unit was decided before this result came, on another digest.',
  confirmedBy: [],
} as const;

export async function settleAudits(
  transaction: Transaction,
  outcome: Outcome,
  { units, results, computed }: AuditsInput,
): Promise<void> {
  if (units.length === 0) return;
  const loaded = await loadRows(
    transaction,
    units.map(({ id }) => id),
  );
  await findShares(transaction, units, loaded);
  const rows = loaded.filter(({ waits }) => waits);
  const agreed: AgreedRow[] = [];
  const disputed: Disputed[] = [];
  const pending = results.filter((result) => stateOf(result) === 'pending');
  const rowsOf = groupBy(rows, ({ audit_id }) => audit_id);
  const pendingOf = groupBy(pending, ({ unit_id }) => unit_id);
  for (const unit of units) {
    const own = pendingOf.get(unit.id);
    if (!own) continue;
    const answers = computed?.get(unit.id);
    const audit = { unit, pending: own, rows: rowsOf.get(unit.id) ?? [], answers };
    settleAudit(outcome, audit, { agreed, disputed });
  }
  // All that agree in one statement: an audit at a time took a fifth of a commit.
  await confirmRows(transaction, outcome, agreed);
  for (const one of disputed) await settleDisputed(transaction, outcome, one);
}

interface Audit {
  unit: UnitRow;
  pending: ResultRow[];
  rows: VerdictRow[];
  answers: ComputedRows | undefined;
}

type Disputed = Audit & { answers: ComputedRows };

function settleAudit(
  outcome: Outcome,
  audit: Audit,
  { agreed, disputed }: { agreed: AgreedRow[]; disputed: Disputed[] },
): void {
  const { unit, pending, rows, answers } = audit;
  assert(unit.expected_digest, 'an audit knows what it expects');
  const expected = unit.expected_digest;
  const right = pending.filter(({ digest }) => equalBytes(digest, expected));
  const open = ['open', 'arbitrating'].includes(unitStates[unit.state]);
  if (right.length > 0 || !open) {
    const holders = [...new Set(rows.flatMap(({ holder_account }) => holder_account ?? []))];
    for (const result of pending) {
      const holds = right.includes(result);
      outcome.rule(unit, result, holds ? { ...accepted, confirmedBy: holders } : superseded);
    }
    if (right.length > 0 && open) {
      const [{ account_id: auditor }] = right;
      for (const row of rows) agreed.push({ ...row, auditor });
    }
    writeAudit(outcome, unit, right[0] ?? null, open ? 'done' : unitStates[unit.state]);
  } else if (answers) disputed.push({ ...audit, answers });
  else writeAudit(outcome, unit, null, 'arbitrating', pending.length);
}

async function settleDisputed(
  transaction: Transaction,
  outcome: Outcome,
  { unit, pending, rows, answers }: Disputed,
): Promise<void> {
  const [first, ...others] = pending;
  const byPlace = new Map(rows.map((row) => [row.audit_place, row]));
  const judgement = judgeAudit(
    answers.given.map((given, place) => {
      const row = byPlace.get(place);
      const truth = answers.truths[place];
      return {
        expected: row?.digest ? toHex(row.digest) : null,
        given: toHex(given),
        truth: truth ? toHex(truth) : null,
      };
    }),
  );
  assert(judgement.state === 'done', 'the coordinator has computed what was disputed');
  await writeVerdicts(transaction, outcome, { judgement, byPlace, answers, auditor: first });
  if (judgement.accepted) {
    outcome.rule(unit, first, { ...accepted, confirmedBy: ['coordinator'] });
    outcome.records.longer(recordKey(unit, first));
  } else {
    outcome.rule(unit, first, refused);
    outcome.records.reset(recordKey(unit, first));
  }
  for (const other of others) outcome.rule(unit, other, superseded);
  writeAudit(outcome, unit, first, 'done');
}

interface Verdicts {
  judgement: AuditJudgement;
  byPlace: Map<number, VerdictRow>;
  answers: ComputedRows;
  auditor: ResultRow;
}

async function writeVerdicts(
  transaction: Transaction,
  outcome: Outcome,
  { judgement, byPlace, answers, auditor }: Verdicts,
): Promise<void> {
  const rowAt = (place: number) => byPlace.get(place) as VerdictRow;
  const { account_id: account, lease_id: lease } = auditor;
  const agreed = judgement.confirmed.map((place) => ({
    ...rowAt(place),
    auditor: answers.truths[place] ? 'coordinator' : account,
  }));
  await confirmRows(transaction, outcome, agreed);
  const refuted = judgement.refuted.map((place) => ({
    ...rowAt(place),
    truth: answers.truths[place] as Uint8Array,
  }));
  await refuteRows(transaction, outcome, refuted);
  const wrong = answers.given.findIndex((given, place) => {
    const truth = answers.truths[place];
    return byPlace.has(place) && truth !== null && !equalBytes(given, truth);
  });
  if (judgement.accepted || wrong < 0) return;
  const truth = answers.truths[wrong] as Uint8Array;
  const digest = answers.given[wrong];
  outcome.convictions.push({ account, lease, unit: auditor.unit_id, place: wrong, digest, truth });
}

function writeAudit(
  outcome: Outcome,
  unit: UnitRow,
  source: ResultRow | null,
  state: 'done' | 'arbitrating' | 'open' | 'withdrawn' | 'held',
  answered = 0,
): void {
  const done = state === 'done';
  outcome.units.push({
    id: unit.id,
    state: unitStates.indexOf(state),
    wanted: unit.wanted,
    answered,
    outputDigest: source && done ? source.digest : unit.output_digest,
    outputBlob: source && done ? source.output_blob : unit.output_blob,
    hold: noHold,
    done: done && unitStates[unit.state] !== 'done',
    recomputed: false,
  });
}

/** A row of an audit; one that waits for no verdict any more is paid for all the same. */
interface LoadedRow extends VerdictRow {
  batch_id: string;
  waits: boolean;
  cost: number | null;
}

/** Which batches bear what the audits cost. Only where they have set something aside is it looked up. */
async function findShares(
  transaction: Transaction,
  units: readonly UnitRow[],
  rows: readonly LoadedRow[],
): Promise<void> {
  const rowsOf = groupBy(rows, ({ audit_id }) => audit_id);
  const bound = units.filter(({ payer }) => payer !== null);
  const batches = bound.flatMap(({ id }) => (rowsOf.get(id) ?? []).map((row) => row.batch_id));
  const purses = await openPurses(transaction, batches);
  for (const unit of units) {
    const own = rowsOf.get(unit.id) ?? [];
    const until = (place: number) => Math.ceil((place * Number(unit.cost)) / unit.row_count);
    unit.shares = own.map(({ batch_id: batch, audit_place: place, cost }) => ({
      batch,
      purse: purses.get(batch) ?? null,
      cost: Number(cost ?? until(place + 1) - until(place)),
    }));
  }
}

function loadRows(transaction: Transaction, audits: number[]): Promise<LoadedRow[]> {
  return transaction.query<LoadedRow>(
    `select audit_rows.id, place, audit_id, audit_place, audit_rows.digest,
       audit_rows.state in (1, 2) as waits, audit_rows.cost, ${auditedColumns}
     from audit_rows join units on units.id = unit_id
     where audit_id = any($1::bigint[]) order by audit_id, audit_place`,
    [audits],
  );
}
