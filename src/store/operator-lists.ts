// The admin page's lists, each bounded: batches with their progress, contributors with their
// records, convictions, and the ledger's totals.
import type { Transaction } from './transaction.ts';

export interface OperatorBatch {
  id: string;
  project: string;
  status: string;
  model: string | null;
  verification: string;
  created_at: number;
  expires_at: number;
  units_total: number;
  units_done: number;
  units_held: number;
  units_withdrawn: number;
  rows_open: number;
}

/** Newest first. */
export async function listAllBatches(
  transaction: Transaction,
  { limit }: { limit: number },
): Promise<OperatorBatch[]> {
  return transaction.query<OperatorBatch>(
    `select batches.id, projects.name as project, status, model, batches.verification,
       batches.created_at::float8 as created_at, expires_at::float8 as expires_at, units_total,
       units_done, units_held, units_withdrawn, rows_open
     from (select * from batches order by created_at desc, id desc limit $1) as batches
       join projects on projects.id = project_id
     order by batches.created_at desc, batches.id desc`,
    [limit],
  );
}

export interface OperatorContributor {
  id: string;
  backend: string;
  adapter: string;
  last_wanted_at: number;
  accepted: number;
  pending: number;
  rejected: number;
  credit: string;
  convictions: number;
  suspended_at: number | null;
  /** Its longest run of results confirmed whole. */
  run: number;
  confirmed: number;
}

const contributorColumns = `accounts.id, accepted::float8 as accepted, pending::float8 as pending,
  rejected::float8 as rejected, credit::text as credit, convictions,
  suspended_at::float8 as suspended_at,
  (select coalesce(max(run), 0)::int from records where account_id = accounts.id) as run,
  (select coalesce(sum(confirmed), 0)::int from records where account_id = accounts.id)
    as confirmed`;

/** Those whose sessions asked for work last, and those that are banned. */
export async function listContributors(
  transaction: Transaction,
  { limit }: { limit: number },
): Promise<OperatorContributor[]> {
  const seen = await transaction.query<OperatorContributor>(
    `select ${contributorColumns}, backend, adapter, last_wanted_at::float8 as last_wanted_at
     from (select distinct on (account_id) * from
         (select account_id, backend, adapter, last_wanted_at from sessions
          order by last_wanted_at desc limit $1) as latest
       order by account_id, last_wanted_at desc) as sessions
       join accounts on accounts.id = account_id
     order by last_wanted_at desc, accounts.id`,
    [limit],
  );
  const banned = await transaction.query<OperatorContributor>(
    `select ${contributorColumns}, '' as backend, '' as adapter, 0 as last_wanted_at
     from accounts where suspended_at is not null and id <> all($2::text[])
     order by id limit $1`,
    [limit, seen.map(({ id }) => id)],
  );
  return [...seen, ...banned];
}

export interface OperatorConviction {
  account: string;
  lease: string;
  unit: number;
  place: number | null;
  outcome: string;
  created_at: number;
}

/** Newest first. */
export async function listConvictions(
  transaction: Transaction,
  { limit }: { limit: number },
): Promise<OperatorConviction[]> {
  return transaction.query<OperatorConviction>(
    `select account_id as account, lease_id as lease, unit_id::float8 as unit, place, outcome,
       created_at::float8 as created_at
     from convictions order by id desc limit $1`,
    [limit],
  );
}

export interface LedgerTotals {
  accounts: number;
  accepted: number;
  rejected: number;
  pending: number;
  /** Whole credits, in decimal: the sum may pass what a float64 holds. */
  credit: string;
}

/** Goes through the accounts: 10^5 of them in tens of milliseconds. */
export async function readLedgerTotals(
  transaction: Transaction,
  _input: null,
): Promise<LedgerTotals> {
  const [totals] = await transaction.query<LedgerTotals>(
    `select count(*)::float8 as accounts, coalesce(sum(accepted), 0)::float8 as accepted,
       coalesce(sum(rejected), 0)::float8 as rejected, coalesce(sum(pending), 0)::float8 as pending,
       coalesce(sum(credit), 0)::text as credit
     from accounts`,
  );
  return totals;
}
