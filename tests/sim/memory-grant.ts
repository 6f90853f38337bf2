// Which leases an asker gets, in memory: half-done units first, then audits, then fresh units by
// age, shuffled, so that nobody can tell which is which.
import { mayAudit, resultsWanted } from '#validator/policy.ts';
import { mayTakeAudit } from './memory-audit.ts';
import { fileUnit, freshUnits } from './memory-lists.ts';
import type { QueueMemory, SimAccount, SimLease, SimUnit } from './memory-state.ts';
import { isAskedFor } from './projects.ts';
import type { WorkCall } from './queue.ts';

/** The real queue looks at the oldest only: load-candidates.ts. */
const partialSlack = 64;
const auditsMax = 64;

export function grantLeases(
  memory: QueueMemory,
  account: SimAccount,
  { want, speed, project }: WorkCall,
): SimLease[] {
  const granted: SimLease[] = [];
  if (want === 0 || account.banned) return granted;
  const take = (unit: SimUnit) => {
    if (granted.length < want) granted.push(grant(memory, unit, account, speed));
    return granted.length < want;
  };
  const asked = (units: Set<SimUnit>) =>
    byId(units).filter((unit) => isAskedFor(unit.project, project));
  // As things are before anything is granted: a unit that was opened again may be granted with an
  // audit that still has a row of it, one that was dropped and counts no more.
  const oldest = [
    ...asked(memory.partial).slice(0, want + partialSlack),
    ...asked(memory.audits).slice(0, auditsMax),
  ];
  const waiting = oldest.filter(
    (unit) => unit.kind === 'work' || mayTakeAudit(memory, unit, account),
  );
  for (const unit of waiting) {
    if (!isOpenTo(memory, unit, account)) continue;
    if (unit.kind === 'audit') {
      // One a call: two of them may hold rows of one unit.
      if (granted.some((lease) => lease.unit.kind === 'audit')) continue;
      if (!mayAudit(account.record, memory.rules)) continue;
      account.record.audits += unit.rowCount;
    }
    if (!take(unit)) return shuffle(memory, account, granted);
  }
  for (const unit of freshUnits(memory)) {
    if (!isAskedFor(unit.project, project)) continue;
    if (isOpenTo(memory, unit, account) && !take(unit)) break;
  }
  return shuffle(memory, account, granted);
}

function byId(units: Set<SimUnit>): SimUnit[] {
  if (units.size < 2) return [...units];
  return [...units].sort((a, b) => a.id - b.id);
}

/** Never to who computed or awaits the same rows, by account or address, nor to who refused it. */
function isOpenTo({ laboratory }: QueueMemory, unit: SimUnit, account: SimAccount): boolean {
  return unit.leases.every((lease) => {
    const active = lease.state === 'open' || lease.state === 'answered';
    if (lease.account === account) return !active && !lease.refusedUnit;
    return !active || laboratory || lease.account.address !== account.address;
  });
}

function grant(memory: QueueMemory, unit: SimUnit, account: SimAccount, speed: number): SimLease {
  const { now, waits } = memory;
  const carried = unit.leases.some(({ state, deliver, hasOutput, result }) =>
    state === 'open'
      ? deliver === 'output'
      : hasOutput && (result === 'pending' || result === 'held'),
  );
  const ahead = [...account.open].reduce((sum, lease) => sum + lease.unit.rowCount, unit.rowCount);
  const leaseMs = Math.max(waits.leaseMsMin, (waits.leaseSlack * ahead * 1_000) / speed);
  const lease: SimLease = {
    id: `${memory.nextLease++}`,
    unit,
    account,
    deliver: carried ? 'digest' : 'output',
    hasOutput: !carried,
    state: 'open',
    expiresAt: now + leaseMs,
    refusedUnit: false,
    receivedAt: 0,
    result: null,
    code: '',
    digests: [],
    credit: 0,
  };
  const wanted = unit.kind === 'audit' ? 1 : resultsWanted(unit.level);
  unit.wanted = Math.max(unit.wanted, wanted);
  unit.leases.push(lease);
  unit.leased++;
  account.open.add(lease);
  memory.leases.set(lease.id, lease);
  fileUnit(memory, unit);
  return lease;
}

/** In no order that would tell a replica or an audit from any other unit. */
function shuffle({ draw }: QueueMemory, { id }: SimAccount, leases: SimLease[]): SimLease[] {
  const keyed = leases.map((lease) => ({ lease, key: draw('order', id, lease.unit.id) }));
  return keyed.sort((a, b) => a.key - b.key).map(({ lease }) => lease);
}
