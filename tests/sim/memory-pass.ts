// The end of every call: who was proved wrong is convicted, and what follows from that is judged
// again; then windows that are over let their units go, and batches at their tail are delivered.
import { convict, mayRelease } from '#validator/hold.ts';
import { newRecord } from '#validator/policy.ts';
import { countWrongRows } from './digests.ts';
import { settleAudit } from './memory-audit.ts';
import { fileUnit } from './memory-lists.ts';
import { accept, dropRows, leaveHeld, reopenRows, settleUnit } from './memory-settle.ts';
import {
  moveLease,
  moveResult,
  moveRow,
  moveUnit,
  type QueueMemory,
  type SimAccount,
  type SimBatch,
  type SimLease,
  type SimUnit,
} from './memory-state.ts';

/** The coordinator's own digests, where it has computed: of units, and of audits by place. */
export interface Computed {
  units?: ReadonlyMap<SimUnit, string>;
  audits?: ReadonlyMap<SimUnit, ReadonlyMap<number, string>>;
}

/** Audits first: what they confirm or refute is known when the units are judged. */
export function settleAll(
  memory: QueueMemory,
  units: Iterable<SimUnit>,
  { units: recomputed, audits: truths }: Computed = {},
): void {
  let next = [...carryOut(memory), ...units];
  while (next.length > 0) {
    const moved = byId(next);
    for (const audit of moved.filter(({ kind }) => kind === 'audit')) {
      settleAudit(memory, audit, truths?.get(audit) ?? null);
    }
    const works = moved.filter(({ kind }) => kind === 'work');
    for (const unit of byId([...works, ...carryOut(memory)])) {
      settleUnit(memory, unit, recomputed?.get(unit) ?? null);
    }
    next = carryOut(memory);
  }
  const { risen, batches } = memory.pass;
  const ready = [...risen].flatMap((account) => findReady(account));
  for (const unit of byId([...ready, ...findTails(batches)])) release(memory, unit);
  for (const batch of batches) {
    if (!batch.delivered && batch.rowsOpen === 0 && batch.done === batch.units.length) {
      deliver(memory, batch);
    }
  }
  risen.clear();
  batches.clear();
}

const byId = (units: readonly SimUnit[]) => [...new Set(units)].sort((a, b) => a.id - b.id);

/** Whoever was proved wrong is convicted. @returns units opened again that have answers left */
function carryOut(memory: QueueMemory): SimUnit[] {
  const proved = new Set(memory.pass.convict.splice(0));
  return proved.size > 0 ? convictAll(memory, proved) : [];
}

/** Each is convicted once, however much one pass proved. @returns held units with answers left */
function convictAll(memory: QueueMemory, accounts: ReadonlySet<SimAccount>): SimUnit[] {
  for (const account of accounts) {
    const outcome = convict(account.convictions, memory.rules.convictionsMax);
    account.convictions++;
    account.banned = outcome === 'banned';
    memory.tally.convictions++;
    // Its session ends: the next one brings a new self-test.
    account.lastWantedAt = Number.NEGATIVE_INFINITY;
    for (const lease of [...account.open]) {
      moveLease(lease, 'withdrawn');
      fileUnit(memory, lease.unit);
    }
  }
  const left = openHeldUnits(memory, accounts);
  for (const account of accounts) {
    for (const lease of [...account.released]) recall(memory, lease, accounts);
  }
  for (const account of accounts) askAgain(memory, account);
  for (const account of accounts) account.record = { ...newRecord };
  return left;
}

/** The chain that leads to its friends: rows that it confirmed, of units not delivered yet. */
function askAgain(memory: QueueMemory, account: SimAccount): void {
  for (const row of account.vouchedFor) {
    if (row.state !== 'confirmed' || row.unit.batch?.delivered) continue;
    reopenRows(row.unit);
    row.auditor = null;
    row.audit = null;
    moveRow(memory, row, 'waiting');
  }
  account.vouchedFor.clear();
}

/** What they hold is void: its units are open again, and judged again with what is left. */
function openHeldUnits(memory: QueueMemory, accounts: ReadonlySet<SimAccount>): SimUnit[] {
  const held = new Set<SimUnit>();
  for (const { standing } of accounts) {
    // What is pending is compared with another's answer, or with the coordinator's, in any case.
    for (const { unit } of standing) if (unit.state === 'held') held.add(unit);
  }
  const units = [...held].sort((a, b) => a.id - b.id);
  for (const unit of units) openHeldUnit(memory, unit, accounts);
  return units.filter(({ answered }) => answered > 0);
}

function openHeldUnit(memory: QueueMemory, unit: SimUnit, accounts: ReadonlySet<SimAccount>): void {
  leaveHeld(memory, unit);
  moveUnit(memory, unit, 'open');
  for (const lease of unit.leases) {
    if (lease.result !== 'held') continue;
    const isVoid = accounts.has(lease.account);
    moveResult(lease, isVoid ? 'rejected' : 'pending');
    lease.code = isVoid ? 'verdict/voided' : 'verdict/awaiting-partner';
    // Equal digests, so equal bytes: the output that was kept is theirs as well.
    lease.hasOutput = true;
  }
  unit.wanted = Math.max(unit.wanted, 1);
  unit.answered = unit.leases.filter(({ result }) => result === 'pending').length;
  if (unit.answered === 0) unit.waitingSince = null;
  fileUnit(memory, unit);
}

/** Paid already, not yet delivered: computed again, unless somebody else confirmed the whole. */
function recall(memory: QueueMemory, lease: SimLease, accounts: ReadonlySet<SimAccount>): void {
  const { unit, account } = lease;
  account.released.delete(lease);
  if (unit.confirmedByCoordinator || unit.state !== 'done') return;
  const accepted = unit.leases.filter(({ result }) => result === 'accepted');
  if (accepted.some((other) => !accounts.has(other.account))) return;
  dropRows(memory, unit);
  unit.holder = null;
  unit.digest = null;
  unit.releaseAt = null;
  unit.recalled = true;
  unit.wanted = 1;
  unit.waitingSince = null;
  moveUnit(memory, unit, 'open');
  fileUnit(memory, unit);
}

function findReady({ ready, record: { confirmed } }: SimAccount): SimUnit[] {
  return [...ready].filter((unit) =>
    mayRelease(
      { rowsOpen: unit.rowsOpen, releaseAt: unit.releaseAt as number },
      { confirmed, tail: false },
    ),
  );
}

/** At a batch's tail nothing further will close the windows. */
function findTails(batches: ReadonlySet<SimBatch>): SimUnit[] {
  const tails = [...batches].filter(({ open, rowsOpen }) => open === 0 && rowsOpen === 0);
  return tails.flatMap(({ held }) =>
    [...held].filter(({ rowsOpen }) =>
      mayRelease({ rowsOpen, releaseAt: 1 }, { confirmed: 0, tail: true }),
    ),
  );
}

function release(memory: QueueMemory, unit: SimUnit): void {
  for (const lease of unit.leases) {
    if (lease.result === 'held') accept(memory, lease, 'verdict/confirmed');
  }
  unit.holder?.ready.delete(unit);
  moveUnit(memory, unit, 'done');
  unit.answered = 0;
  unit.waitingSince = null;
  unit.releaseAt = null;
  if (unit.batch) memory.pass.batches.add(unit.batch);
}

function deliver({ tally }: QueueMemory, batch: SimBatch): void {
  batch.delivered = true;
  for (const unit of batch.units) {
    tally.useful += unit.rowCount;
    if (unit.mature) tally.usefulMature += unit.rowCount;
    tally.wrongRows += countWrongRows(unit.digest as string, unit.rowCount);
    for (const lease of unit.leases) lease.account.released.delete(lease);
    for (const row of unit.rows) {
      const { auditor } = row;
      if (auditor && auditor !== 'coordinator') auditor.vouchedFor.delete(row);
    }
  }
}
