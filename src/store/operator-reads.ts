// What the operator looks at: sums over the batches table and what partial indexes count, so that a
// look costs the same at a million units as at ten. The postings' sums and the accounts' go through
// their tables, and are for the admin page alone.
import type { Transaction } from './transaction.ts';

/** More than this is not counted on: a gauge must not become a load. */
const countMax = 100_000;

export interface BatchSums {
  status: string;
  batches: number;
  units_total: number;
  units_done: number;
  units_held: number;
  units_withdrawn: number;
  rows_open: number;
}

export interface Gauges {
  batches: BatchSums[];
  leasesOpen: number;
  /** Audit units that nobody has leased yet. */
  auditsFresh: number;
  /** Rows drawn for audit that are in no audit unit yet. */
  rowsWaiting: number;
  /** Accounts that asked for work lately. */
  live: number;
  banned: number;
  log: LogGauges;
}

export interface LogGauges {
  size: number;
  signedSize: number;
  cosignedSize: number;
  /** Leaves that wait for their place. */
  waiting: number;
  /** When the oldest of them was written; null where none waits. */
  oldestAt: number | null;
}

function bounded(from: string): string {
  return `(select count(*)::int from (select 1 from ${from} limit ${countMax}) as counted)`;
}

export async function readGauges(
  transaction: Transaction,
  { liveSince }: { liveSince: number },
): Promise<Gauges> {
  const batches = await transaction.query<Record<keyof BatchSums, string>>(
    `select status, count(*) as batches, sum(units_total) as units_total,
       sum(units_done) as units_done, sum(units_held) as units_held,
       sum(units_withdrawn) as units_withdrawn, sum(rows_open) as rows_open
     from batches group by status order by status`,
  );
  const [counts] = await transaction.query<Omit<Gauges, 'batches' | 'log'>>(
    `select ${bounded('leases where state + 0 = 0')} as "leasesOpen",
       ${bounded('units where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 1')} as "auditsFresh",
       ${bounded('audit_rows where state + 0 = 0')} as "rowsWaiting",
       (select count(distinct account_id)::int from
          (select account_id from sessions where last_wanted_at >= $1 limit ${countMax}) as seen)
         as live,
       ${bounded('accounts where suspended_at is not null')} as banned`,
    [liveSince],
  );
  return { batches: batches.map(toSums), ...counts, log: await readLogGauges(transaction, null) };
}

function toSums(row: Record<keyof BatchSums, string>): BatchSums {
  const { status, ...sums } = row;
  const numbers = Object.entries(sums).map(([name, sum]) => [name, Number(sum)]);
  return { status, ...Object.fromEntries(numbers) } as BatchSums;
}

export async function readLogGauges(transaction: Transaction, _input: null): Promise<LogGauges> {
  const [log] = await transaction.query<Record<keyof LogGauges, string | null>>(
    `select size, signed_size as "signedSize", cosigned_size as "cosignedSize",
       (select coalesce(sum(leaf_count), 0) from
          (select leaf_count from log_queue order by transfer_id limit ${countMax}) as queued)
         as waiting,
       (select created_at from transfers where id =
          (select transfer_id from log_queue order by transfer_id limit 1)) as "oldestAt"
     from log_head`,
  );
  const { oldestAt, ...sizes } = log ?? {};
  const numbers = Object.entries(sizes).map(([name, size]) => [name, Number(size)]);
  const oldest = oldestAt === null || oldestAt === undefined ? null : Number(oldestAt);
  return { ...Object.fromEntries(numbers), oldestAt: oldest } as LogGauges;
}

/** Writes the one row of `pulse`: resolves once that is on disk. */
export async function beat(transaction: Transaction, { now }: { now: number }): Promise<void> {
  await transaction.query(
    'insert into pulse (at) values ($1) on conflict (id) do update set at = excluded.at',
    [now],
  );
}
