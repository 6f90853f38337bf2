// The in-memory queue as plain values, for the differential run.
import type { QueueMemory, SimLease, SimRow } from './memory-state.ts';
import type { QueueState } from './queue.ts';

const nameOf = (auditor: SimRow['auditor']) =>
  auditor === null ? '-' : auditor === 'coordinator' ? auditor : auditor.id;

/** A row earns one credit. */
const worth = (leases: ReadonlySet<SimLease>, state: SimLease['result']) =>
  [...leases].reduce((sum, { result, unit }) => sum + (result === state ? unit.rowCount : 0), 0);

export function dumpState({ units, accounts, batches, books }: QueueMemory): QueueState {
  return {
    units: units.map((unit) => ({
      kind: unit.kind,
      state: unit.state,
      wanted: unit.wanted,
      leased: unit.leased,
      answered: unit.answered,
      rowsOpen: unit.rowsOpen,
      releaseAt: unit.releaseAt,
      digest: unit.kind === 'audit' ? null : unit.digest,
      leases: unit.leases
        .map(({ account, state, result }) => `${account.id} ${state} ${result ?? '-'}`)
        .sort(),
      rows:
        unit.kind === 'audit'
          ? []
          : unit.rows.map(({ row, state, auditor }) => `${row} ${state} ${nameOf(auditor)}`).sort(),
    })),
    accounts: [...accounts.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, record, convictions, banned, standing }) => ({
        id,
        ...record,
        convictions,
        banned,
        credit: books.earned(id),
        creditPending: worth(standing, 'pending'),
        creditHeld: worth(standing, 'held'),
      })),
    batches: batches.map(({ done, held, rowsOpen, delivered }) => ({
      done,
      held: held.size,
      rowsOpen,
      over: delivered,
    })),
  };
}
