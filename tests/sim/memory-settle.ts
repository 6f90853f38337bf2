// Units of batches, judged in memory: the pure judge says what becomes of a unit and its results,
// this writes it down, holds, and counts. The product's SQL does the same in the same order.
import { drawRows, isForCoordinator } from '#validator/draw-rows.ts';
import { type Answer, type Judgement, judge } from '#validator/judge.ts';
import { isTrusted, releaseAt, rowsToAudit } from '#validator/policy.ts';
import { rowDigest } from './digests.ts';
import { fileUnit } from './memory-lists.ts';
import {
  moveResult,
  moveRow,
  moveUnit,
  type QueueMemory,
  type SimLease,
  type SimUnit,
} from './memory-state.ts';

export function settleUnit(memory: QueueMemory, unit: SimUnit, recomputed: string | null): void {
  const judgement = judgeUnit(memory, unit, recomputed);
  for (const ruling of judgement.rulings) {
    const lease = memory.leases.get(ruling.lease) as SimLease;
    const { account } = lease;
    if (ruling.result === 'accepted') accept(memory, lease, ruling.code);
    else if (lease.result !== ruling.result) {
      moveResult(lease, ruling.result);
      lease.code = ruling.code;
    }
    if (ruling.run === 'longer') account.record.run++;
    if (ruling.run === 'reset') account.record.run = 0;
    if (ruling.code === 'verdict/digest-mismatch') memory.pass.convict.push(account);
  }
  const from = unit.state;
  if (from === 'held' && judgement.state !== 'held') leaveHeld(memory, unit);
  moveUnit(memory, unit, judgement.state);
  unit.wanted = judgement.wanted;
  unit.answered = unit.leases.filter(({ result }) => result === 'pending').length;
  unit.waitingSince = unit.answered > 0 ? (unit.waitingSince ?? memory.now) : null;
  if (judgement.decided) unit.digest = judgement.decided.digest;
  if (from !== 'held' && unit.state === 'held') enterHeld(memory, unit, judgement);
  if (from !== 'done' && unit.state === 'done') {
    unit.confirmedByCoordinator = recomputed !== null;
    unit.mature = unit.leases.some(({ account }) => account.answered > 1_000);
  }
  fileUnit(memory, unit);
  if (unit.batch) memory.pass.batches.add(unit.batch);
}

function judgeUnit(memory: QueueMemory, unit: SimUnit, recomputed: string | null): Judgement {
  const answers: Answer[] = [];
  const confirmedBy: string[] = [];
  for (const { id, account, hasOutput, result, digests } of byArrival(unit.leases)) {
    if (result === 'accepted') confirmedBy.push(account.id);
    if (result !== 'pending' && result !== 'held') continue;
    answers.push({
      lease: id,
      account: account.id,
      digest: digests[0],
      hasOutput,
      state: result,
      trusted: isTrusted(account.record, memory.rules),
      named: false,
    });
  }
  return judge({
    state: unit.state,
    level: unit.level,
    wanted: unit.wanted,
    answers,
    settled: unit.state === 'done' ? { digest: unit.digest as string, confirmedBy } : null,
    recomputed,
  });
}

function byArrival(leases: readonly SimLease[]): readonly SimLease[] {
  if (leases.length < 2) return leases;
  return [...leases].sort((a, b) => a.receivedAt - b.receivedAt || (a.id < b.id ? -1 : 1));
}

export function accept(memory: QueueMemory, lease: SimLease, code: string): void {
  const { unit, account } = lease;
  moveResult(lease, 'accepted');
  lease.code = code;
  lease.credit = unit.rowCount;
  memory.books.credit(account.id, unit.rowCount, unit.recalled);
}

function enterHeld(memory: QueueMemory, unit: SimUnit, { decided }: Judgement): void {
  const { rules, draw } = memory;
  const output = decided?.output as { lease: string };
  const { account } = memory.leases.get(output.lease) as SimLease;
  const holders = unit.leases.filter(({ result }) => result === 'held');
  const known = holders.map((lease) => lease.account.record);
  const best = known.reduce((a, b) => (b.confirmed > a.confirmed ? b : a), account.record);
  const count = rowsToAudit(unit.level, best, rules);
  const places = drawRows(unit.rowCount, count, (place) => draw('row', output.lease, place));
  for (const place of places) {
    const forCoordinator = isForCoordinator(draw, output.lease, place, rules.coordinatorShare);
    drawRow(memory, unit, place, forCoordinator);
  }
  unit.holder = account;
  unit.releaseAt = releaseAt(account.record.held, account.record, rules);
  unit.mature = account.answered > 1_000;
  account.record.held++;
  account.record.drawn += places.length;
  if (unit.rowsOpen === 0) closeRows(memory, unit);
}

export function drawRow(
  memory: QueueMemory,
  unit: SimUnit,
  row: number,
  forCoordinator: boolean,
): void {
  const drawn = {
    id: memory.nextRow++,
    unit,
    row,
    state: 'waiting' as const,
    forCoordinator,
    drawnAt: memory.now,
    audit: null,
    expected: rowDigest(unit.digest as string, row),
    auditor: null,
  };
  unit.rows.push(drawn);
  unit.rowsOpen++;
  if (unit.batch) unit.batch.rowsOpen++;
  (forCoordinator ? memory.forCoordinator : memory.waiting).add(drawn);
}

/** Held no longer: its rows are dropped, its holder's record forgets it. */
export function leaveHeld(memory: QueueMemory, unit: SimUnit): void {
  const { holder } = unit;
  if (holder) {
    holder.record.held--;
    if (unit.rowsOpen === 0) holder.record.confirmed--;
    holder.ready.delete(unit);
  }
  dropRows(memory, unit);
  unit.holder = null;
  unit.releaseAt = null;
  unit.digest = null;
}

export function dropRows(memory: QueueMemory, unit: SimUnit): void {
  for (const row of unit.rows) {
    if (row.state === 'refuted' || row.state === 'dropped') continue;
    moveRow(memory, row, 'dropped');
  }
}

/** Every audited row of a unit is confirmed. */
export function closeRows(memory: QueueMemory, unit: SimUnit): void {
  const { holder, batch } = unit;
  if (batch) memory.pass.batches.add(batch);
  if (!holder || unit.state !== 'held') return;
  holder.record.confirmed++;
  holder.ready.add(unit);
  memory.pass.risen.add(holder);
}

/** A row of a unit waits again, or one more is drawn: it is not confirmed any longer. */
export function reopenRows(unit: SimUnit): void {
  if (unit.rowsOpen > 0 || !unit.holder || unit.state !== 'held') return;
  unit.holder.record.confirmed--;
  unit.holder.ready.delete(unit);
}
