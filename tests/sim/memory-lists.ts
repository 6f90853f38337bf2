// Where a unit waits: among those never leased, among the half-done ones and those opened again,
// among the audits, or nowhere. Called whenever a unit's state, leases or answers have changed.
import type { QueueMemory, SimAccount, SimRow, SimUnit } from './memory-state.ts';

export function fileUnit(memory: QueueMemory, unit: SimUnit): void {
  const room = unit.state === 'open' && Math.max(unit.wanted, 1) > unit.leased + unit.answered;
  setIn(memory.audits, unit, room && unit.kind === 'audit' && unit.wanted === 0);
  setIn(memory.partial, unit, room && unit.wanted > 0);
  noteParties(unit);
}

/** Audits whose rows have a new neighbour, or one less, are strangers to others than before. */
function noteParties(unit: SimUnit): void {
  const note = ({ audit }: SimRow) => {
    if (audit) audit.parties = null;
  };
  for (const row of unit.rows) {
    if (unit.kind === 'work') note(row);
    else for (const sibling of row.unit.rows) note(sibling);
  }
}

/** Accounts and addresses that are no strangers to an audit's rows: gathered when it is asked for. */
export function partiesOf(audit: SimUnit): ReadonlySet<string> {
  if (audit.parties === null) {
    audit.parties = new Set();
    for (const row of audit.rows) {
      for (const { id, address } of concerned(row)) audit.parties.add(id).add(address);
    }
  }
  return audit.parties;
}

function setIn(set: Set<SimUnit>, unit: SimUnit, present: boolean): void {
  if (present) set.add(unit);
  else set.delete(unit);
}

/** Who computed or awaits a row's unit, and who audits another row of it. */
export function concerned(row: SimRow): SimAccount[] {
  const known: SimAccount[] = [];
  for (const { state, account } of row.unit.leases) {
    if (state === 'open' || state === 'answered') known.push(account);
  }
  for (const sibling of row.unit.rows) {
    if (sibling === row) continue;
    for (const { state, account } of sibling.audit?.leases ?? []) {
      if (state === 'open' || state === 'answered') known.push(account);
    }
  }
  return known;
}

/** Units that no lease was ever granted on, oldest first. */
export function* freshUnits({ fresh }: QueueMemory): Generator<SimUnit> {
  for (let i = fresh.next; i < fresh.list.length; i++) {
    const unit = fresh.list[i];
    if (unit.leases.length === 0 && unit.state === 'open') yield unit;
    else if (i === fresh.next) fresh.next++;
  }
}
