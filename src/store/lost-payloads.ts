// A unit whose payload is lost to a failing disk. A lost output is brought back: the arithmetic is
// exact, so what the coordinator computes from the input is the output. Without its input nobody can
// compute or check a unit: it is withdrawn, and its lines fail.
import { assertMove, unitMoves, unitStates } from '#validator/states.ts';
import { makeDraw } from './draw.ts';
import { loadUnits, withResults } from './load-units.ts';
import { createOutcome, noHold, type Outcome } from './outcome.ts';
import { nothingTouched, releaseUnits } from './release-units.ts';
import { settleUnits } from './settle.ts';
import { holderKey } from './settle-work.ts';
import type { Recomputed, UnitRow, VerdictContext, VerdictOptions } from './settlement.ts';
import { openRecords } from './track-records.ts';
import type { Transaction } from './transaction.ts';
import { writeOutcome } from './write-outcome.ts';

export interface OutputHome {
  bounded: boolean;
  model: Uint8Array;
  inputBlob: string;
  outputBlob: string;
}

/** What the output of a held or done unit is computed again from; null once it has moved on. */
export async function findOutputHome(
  transaction: Transaction,
  { unit }: { unit: number },
): Promise<OutputHome | null> {
  const [found] = await transaction.query<OutputHome>(
    `select kind = 2 as bounded, model, input_blob as "inputBlob", output_blob as "outputBlob"
     from units where id = $1 and state in (2, 4) and batch_id is not null`,
    [unit],
  );
  return found ?? null;
}

/**
 * The coordinator's own output in place of a lost one. A held unit is done by it, as one that was
 * arbitrated: who had its digest is credited, who had another is convicted. A done one goes on as it
 * is: credit once earned stays.
 */
export async function restoreOutput(
  transaction: Transaction,
  restored: Recomputed & VerdictOptions & { unit: number; lostBlob: string },
): Promise<void> {
  const { unit, lostBlob, digest, outputBlob, ...options } = restored;
  await transaction.query(
    `update units set output_blob = $3, output_digest = $4, recomputed = true
     where id = $1 and output_blob = $2 and state = 2`,
    [unit, lostBlob, outputBlob, digest],
  );
  const held = await transaction.query(
    'select id from units where id = $1 and output_blob = $2 and state = 4',
    [unit, lostBlob],
  );
  if (held.length === 0) return;
  await transaction.query('update results set output_blob = null where unit_id = $1', [unit]);
  await settleUnits(transaction, [unit], {
    ...options,
    recomputed: new Map([[unit, { digest, outputBlob }]]),
  });
}

const inputLost = {
  to: 'rejected',
  code: 'verdict/input-lost',
  message: 'The coordinator lost the input of this unit, so nobody can check its results.',
  confirmedBy: [],
} as const;

export interface LostInput {
  unit: number;
  /** What it came to cannot be read either. */
  output: boolean;
}

/**
 * A unit, or an audit, that can be computed no more. Its results without a verdict earn nothing, for
 * nobody can say that they are right, and are held against nobody. What is done stays done while it
 * can be delivered. An audit's rows are the coordinator's own.
 */
export async function withdrawLost(
  transaction: Transaction,
  { unit: id, output, now, rules, secret, named }: LostInput & VerdictOptions,
): Promise<void> {
  const [unit] = await loadUnits(transaction, [id]);
  if (!unit) return;
  const context: VerdictContext = { now, rules, draw: makeDraw(secret), named };
  const holders = unit.holder_account === null ? [] : [unit.holder_account];
  const outcome = createOutcome(await openRecords(transaction, holders), context);
  const { results } = await withResults(transaction, [unit]);
  for (const result of results) {
    if (result.state === 0 || result.state === 3) outcome.rule(unit, result, inputLost);
  }
  withdraw(outcome, unit, unitStates[unit.state] === 'done' && !output);
  await writeOutcome(transaction, outcome);
  await outcome.records.write();
  await endLeases(transaction, id);
  await transaction.query(
    `update audit_rows set state = 0, for_coordinator = true, audit_id = null, audit_place = null
     where audit_id = $1 and state in (1, 2)`,
    [id],
  );
  const batches = new Set(outcome.batches.keys());
  const touched = { ...nothingTouched(), records: outcome.records.risen(), batches };
  await releaseUnits(transaction, touched, context);
}

/** @param stays it is done, and only its open rows are dropped */
function withdraw(outcome: Outcome, unit: UnitRow, stays: boolean): void {
  const from = unitStates[unit.state];
  const to = stays ? 'done' : 'withdrawn';
  assertMove(unitMoves, from, to);
  if (from === 'held') {
    outcome.records.add(holderKey(unit), { held: -1, confirmed: unit.rows_open === 0 ? -1 : 0 });
  }
  const undone = from === 'done' && !stays;
  outcome.count(unit.batch_id, {
    held: from === 'held' ? -1 : 0,
    done: undone ? -1 : 0,
    lines: undone ? -unit.lines_alone : 0,
    rowsOpen: -unit.rows_open,
    withdrawn: to === 'withdrawn' && from !== 'withdrawn' ? 1 : 0,
  });
  outcome.dropped.push(unit.id);
  outcome.units.push({
    id: unit.id,
    state: unitStates.indexOf(to),
    wanted: unit.wanted,
    answered: 0,
    outputDigest: stays ? unit.output_digest : null,
    outputBlob: stays ? unit.output_blob : null,
    hold: noHold,
    done: false,
    recomputed: false,
  });
}

async function endLeases(transaction: Transaction, unit: number): Promise<void> {
  await transaction.query(
    `with ended as (
       update leases set state = 4, reason = 'lease/withdrawn'
       where unit_id = $1 and state = 0 returning id
     )
     update units set leased = leased - (select count(*) from ended) where id = $1`,
    [unit],
  );
}
