// A contributor whose result was proved wrong: what it holds is voided, units that it was paid for
// and that are not delivered yet are computed again, rows that it confirmed are asked anew, and it
// is put on probation or banned, with the signed result kept as evidence.
import { convict } from '#validator/hold.ts';
import { loadFamilies } from './families.ts';
import { groupBy } from './group-by.ts';
import type { Touched } from './release-units.ts';
import type { Conviction, VerdictContext } from './settlement.ts';
import { count } from './tally.ts';
import type { Transaction } from './transaction.ts';
import { openHeldUnits, recallUnits } from './void-units.ts';

interface VoidOptions {
  context: VerdictContext;
  touched: Touched;
}

/** @returns units opened again that have answers left */
export async function voidAccounts(
  transaction: Transaction,
  convictions: readonly Conviction[],
  { context, touched }: VoidOptions,
): Promise<number[]> {
  if (convictions.length === 0) return [];
  const convicted = convictions.map(({ account }) => account);
  // A wallet and the device accounts bound to it are one contributor.
  const accounts = await loadFamilies(transaction, convicted);
  const onProbation = await writeConvictions(transaction, convictions, { accounts, ...context });
  await endLeases(transaction, accounts);
  await endSessions(transaction, onProbation, context.now);
  const opened = await openHeldUnits(transaction, accounts, { context, touched });
  await recallUnits(transaction, accounts, touched);
  await askAgain(transaction, accounts, touched);
  await forgetRecords(transaction, accounts);
  return opened;
}

interface Known {
  id: string;
  /** The wallet that it is bound to, or itself. */
  owner: string;
  convictions: number;
}

/**
 * One conviction an account and pass, however many rows of it were found wrong together; it counts for
 * all that are one contributor with it.
 * @param accounts the convicts, and who is one with them
 * @returns accounts that are not banned
 */
async function writeConvictions(
  transaction: Transaction,
  convictions: readonly Conviction[],
  { accounts, now, rules }: VerdictContext & { accounts: readonly string[] },
): Promise<string[]> {
  const first = new Map<string, Conviction>();
  for (const one of convictions) if (!first.has(one.account)) first.set(one.account, one);
  const known = await transaction.query<Known>(
    `select id, coalesce(bound_to, id) as owner, convictions from accounts
     where id = any($1) order by id`,
    [accounts],
  );
  const families = groupBy(known, ({ owner }) => owner);
  const outcomeOf = ({ owner }: Known) => {
    const before = Math.max(...(families.get(owner) ?? []).map((one) => one.convictions));
    return convict(before, rules.convictionsMax);
  };
  const banned = known.filter((one) => outcomeOf(one) === 'banned').map(({ id }) => id);
  const rows = known
    .filter(({ id }) => first.has(id))
    .map((one) => ({ ...(first.get(one.id) as Conviction), outcome: outcomeOf(one) }));
  await transaction.query(
    `update accounts set convictions = convictions + 1,
       suspended_at = case when id = any($2) then coalesce(suspended_at, $3::bigint)
         else suspended_at end
     where id = any($1)`,
    [accounts, banned, now],
  );
  for (const { outcome } of rows) count(transaction, `conviction ${outcome}`, 1);
  await transaction.query(
    `insert into convictions (account_id, lease_id, unit_id, place, digest, truth, outcome,
       created_at)
     select account_id, lease_id, unit_id, place, digest, truth, outcome, $8::bigint
     from unnest($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::bytea[], $6::bytea[],
       $7::text[]) as proved (account_id, lease_id, unit_id, place, digest, truth, outcome)`,
    [
      rows.map(({ account }) => account),
      rows.map(({ lease }) => lease),
      rows.map(({ unit }) => unit),
      rows.map(({ place }) => place),
      rows.map(({ digest }) => digest),
      rows.map(({ truth }) => truth),
      rows.map(({ outcome }) => outcome),
      now,
    ],
  );
  return accounts.filter((account) => !banned.includes(account));
}

/** What it was computing goes to others. */
async function endLeases(transaction: Transaction, accounts: string[]): Promise<void> {
  await transaction.query(
    `with ended as (
       update leases set state = 4, reason = 'lease/convicted'
       where account_id = any($1) and state = 0 returning unit_id
     ), counted as (select unit_id, count(*) as count from ended group by unit_id)
     update units set leased = leased - count from counted where units.id = unit_id`,
    [accounts],
  );
}

/** What it did before it was caught speaks for it no longer. */
async function forgetRecords(transaction: Transaction, accounts: string[]): Promise<void> {
  await transaction.query(
    `update records set run = 0, held = 0, confirmed = 0, drawn = 0, audits = 0
     where account_id = any($1)`,
    [accounts],
  );
}

/** Its next session brings a new self-test. */
async function endSessions(
  transaction: Transaction,
  accounts: string[],
  now: number,
): Promise<void> {
  if (accounts.length === 0) return;
  await transaction.query(
    'update sessions set expires_at = least(expires_at, $2) where account_id = any($1)',
    [accounts, now],
  );
}

/** The chain that leads to its friends: rows that it confirmed, of units not delivered yet. */
async function askAgain(
  transaction: Transaction,
  accounts: string[],
  touched: Touched,
): Promise<void> {
  const asked = await transaction.query<{ batch_id: string }>(
    `with asked as (
       update audit_rows set state = 0, audit_id = null, audit_place = null, auditor = null
       from units join batches on batches.id = batch_id
       where units.id = unit_id and auditor = any($1) and audit_rows.state + 0 = 3
         and units.state in (2, 4) and status in ('in_progress', 'cancelling')
       returning unit_id
     ), counted as (select unit_id, count(*)::int as count from asked group by unit_id
     ), opened as (
       update units set rows_open = rows_open + count from counted where units.id = unit_id
       returning units.id, batch_id, state, holder_account, model, holder_backend,
         rows_open = count as was_confirmed, count
     ), doubted as (
       update records set confirmed = confirmed - units from (
         select holder_account, model, holder_backend, count(*)::int as units from opened
         where was_confirmed and state = 4 group by holder_account, model, holder_backend
       ) as doubts
       where records.account_id = holder_account and records.model = doubts.model
         and records.backend = holder_backend
     )
     update batches set rows_open = batches.rows_open + counts.count
     from (select batch_id, sum(count)::int as count from opened group by batch_id) as counts
     where batches.id = counts.batch_id returning batches.id as batch_id`,
    [accounts],
  );
  for (const { batch_id } of asked) touched.batches.add(batch_id);
}
