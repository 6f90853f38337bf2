// The real queue's whole state as plain values, read from its tables.
import { toHex } from '#protocol/bytes.ts';
import type { Query } from '#store/database-engine.ts';
import { leaseStates, resultStates, rowStates, unitStates } from '#validator/states.ts';
import type { QueueState } from './queue.ts';

interface UnitRow {
  id: number;
  kind: number;
  state: number;
  wanted: number;
  leased: number;
  answered: number;
  rows_open: number;
  release_at: number | null;
  output_digest: Uint8Array | null;
}

interface LeaseRow {
  unit_id: number;
  account_id: string;
  state: number;
  result: number | null;
}

interface AuditedRow {
  unit_id: number;
  place: number;
  state: number;
  auditor: string | null;
}

/** @param digests what each unit digest, in hex, stands for */
export async function readState(
  query: Query,
  digests: ReadonlyMap<string, string>,
): Promise<QueueState> {
  const units = await query<UnitRow>('select * from units order by id');
  const leases = await query<LeaseRow>(
    `select leases.unit_id, leases.account_id, leases.state, results.state as result
     from leases left join results on results.lease_id = leases.id`,
  );
  const rows = await query<AuditedRow>('select unit_id, place, state, auditor from audit_rows');
  const leasesOf = groupByUnit(leases);
  const rowsOf = groupByUnit(rows);
  return {
    units: units.map((unit) => ({
      kind: unit.kind === 0 ? 'work' : 'audit',
      state: unitStates[unit.state],
      wanted: unit.wanted,
      leased: unit.leased,
      answered: unit.answered,
      rowsOpen: unit.rows_open,
      releaseAt: unit.release_at,
      digest:
        unit.kind === 1 || !unit.output_digest
          ? null
          : (digests.get(toHex(unit.output_digest)) ?? 'unknown'),
      leases: (leasesOf.get(unit.id) ?? [])
        .map(({ account_id, state, result }) => {
          const ruled = result === null ? '-' : resultStates[result];
          return `${account_id} ${leaseStates[state]} ${ruled}`;
        })
        .sort(),
      rows: (rowsOf.get(unit.id) ?? [])
        .map(({ place, state, auditor }) => `${place} ${rowStates[state]} ${auditor ?? '-'}`)
        .sort(),
    })),
    ...(await readAccounts(query)),
  };
}

function groupByUnit<Row extends { unit_id: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.unit_id);
    if (group) group.push(row);
    else groups.set(row.unit_id, [row]);
  }
  return groups;
}

async function readAccounts(query: Query): Promise<Pick<QueueState, 'accounts' | 'batches'>> {
  const accounts = await query<QueueState['accounts'][number]>(
    `select accounts.id, coalesce(run, 0) as run, coalesce(held, 0) as held,
       coalesce(confirmed, 0) as confirmed, coalesce(drawn, 0) as drawn,
       coalesce(audits, 0) as audits, convictions, suspended_at is not null as banned,
       credit::int as credit, credit_pending::int as "creditPending",
       credit_held::int as "creditHeld"
     from accounts left join records on account_id = accounts.id`,
  );
  const batches = await query<QueueState['batches'][number]>(
    `select units_done as done, units_held as held, rows_open as "rowsOpen",
       status <> 'in_progress' as over
     from batches order by id`,
  );
  return { accounts: accounts.sort((a, b) => (a.id < b.id ? -1 : 1)), batches };
}
