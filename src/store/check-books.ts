// The books, checked: every transfer sums to zero, every credit has its receipt and its postings,
// every counter says what its rows say. At boot too, so that damage is never built upon: whole while
// they are small (15 µs a receipt), then the latest pages and whatever is still open.
import { IdlewildError } from '#protocol/errors.ts';
import { countReceipts } from './count-days.ts';
import type { Transaction } from './transaction.ts';

export interface Books {
  receipts: number;
  /** Credit earned, by contributor. */
  earned: Record<string, number>;
}

/** Postings by account against the credits of the receipts that name the transfer. */
function movedOtherwise(which: string): string {
  return `select transfer_id, account from
      (select transfer_id, account, amount from postings where ${which}) as posted
    full join
      (select transfer_id, account, sum(amount) as said from
        (select transfer_id, payer as account, -credit as amount from receipts
           where credit <> 0 and ${which}
         union all
         select transfer_id, 'contributor:' || account_id || ':earned', credit from receipts
           where credit <> 0 and ${which}) as sides
       group by transfer_id, account having sum(amount) <> 0) as receipts_say
    using (transfer_id, account) where amount is distinct from said`;
}

/** Bindings, sessions by account, and days. */
const accountFaults: Record<string, string> = {
  'an account is bound without its binding': `select id from accounts full join bindings
      on device = id where bound_to is distinct from wallet`,
  'an account is bound to one that is bound, or is none': `select bound.id from accounts as bound
    left join accounts as wallet on wallet.id = bound.bound_to
    where bound.bound_to is not null and (wallet.id is null or wallet.bound_to is not null)`,
  'a session is of no account': `select id from sessions full join account_sessions
      on session_id = id where sessions.account_id is distinct from account_sessions.account_id`,
  'the days say other than the receipts': `select account_id from account_days
    full join (${countReceipts('transfers.id <= (select transfer_id from days_counted)')}) as said
      using (account_id, day)
    where account_days.accepted is distinct from said.accepted
      or account_days.rejected is distinct from said.rejected
      or account_days.credit is distinct from said.credit`,
};

/** The log's groups follow each other, and every group of receipts is in it or waits for it. */
const logFaults: Record<string, string> = {
  'the log has a gap': `select first_leaf from
      (select first_leaf, coalesce(lag(first_leaf + leaf_count) over (order by first_leaf), 0)
         as expected from log_groups) as groups
    where first_leaf <> expected`,
  'the log has other than its size': `select size from log_head
    where size <> (select coalesce(max(first_leaf + leaf_count), 0) from log_groups)`,
  'a group of receipts is not once in the log or its queue': `select id from transfers
    where kind = 'receipts' and
      (select count(*) from log_groups where transfer_id = transfers.id) +
      (select count(*) from log_queue where transfer_id = transfers.id) <> 1`,
  'a group of receipts has other than its count': `select transfer_id from
      (select transfer_id, leaf_count from log_groups where transfer_id is not null
       union all select transfer_id, leaf_count from log_queue) as groups
    where leaf_count <>
      (select count(*) from receipts where receipts.transfer_id = groups.transfer_id)`,
};

/** Each finds rows that must not exist. */
const faults: Record<string, string> = {
  'a transfer does not sum to zero': `select transfer_id from postings
    group by transfer_id having sum(amount) <> 0 or count(*) < 2`,
  'a transfer has no postings': `select id from transfers where kind = 'credit'
    and not exists (select from postings where transfer_id = transfers.id)`,
  'a transfer moves other than its receipts say': movedOtherwise('true'),
  'the receipts of a transfer have a gap': `select transfer_id from receipts
    group by transfer_id having max(ordinal) + 1 <> count(*) or min(ordinal) <> 0`,
  ...logFaults,
  ...accountFaults,
  'an accepted result has no receipt': `select lease_id from results
    where state = 1 and not exists (select from receipts
      where receipts.lease_id = results.lease_id and receipts.id = results.receipt_id)`,
  'an account is credited with other than it earned': `select id from accounts
    where credit <> coalesce((select sum(amount) from postings
      where account = 'contributor:' || accounts.id || ':earned'), 0)`,
  'an account has other than its results would earn': `select id from accounts
    left join (select account_id,
        sum(worth) filter (where state = 0) as pending, sum(worth) filter (where state = 3) as held
      from (select account_id, results.state, ceil(cost::numeric * coalesce(rate, 1000) / 1000000000) as worth
        from results join units on units.id = unit_id where results.state in (0, 3)) as open
      group by account_id) as waiting on account_id = id
    where credit_pending <> coalesce(waiting.pending, 0)
      or credit_held <> coalesce(waiting.held, 0)`,
  'an account counts results wrongly': `select id from accounts
    left join (select account_id, count(*) filter (where state in (0, 3)) as pending,
        count(*) filter (where state = 1) as accepted from results group by account_id) as counted
      on account_id = id
    where accounts.pending <> coalesce(counted.pending, 0)
      or accounts.accepted <> coalesce(counted.accepted, 0)`,
  'a unit counts leases or results wrongly': `select id from units
    left join (select unit_id, count(*) as open from leases where state + 0 = 0 group by unit_id)
      as held on held.unit_id = id
    left join (select unit_id, count(*) as pending from results where state = 0 group by unit_id)
      as waiting on waiting.unit_id = id
    where leased <> coalesce(open, 0) or answered <> coalesce(pending, 0)`,
  'a unit counts audited rows wrongly': `select units.id from units
    left join (select unit_id, count(*) as open from audit_rows where state in (0, 1, 2)
      group by unit_id) as drawn on unit_id = units.id
    where rows_open <> coalesce(open, 0)`,
  'a batch counts what is held or audited wrongly': `select batches.id from batches
    left join (select batch_id, count(*) filter (where state = 4) as held,
        sum(rows_open) as open from units where batch_id is not null group by batch_id) as counted
      on counted.batch_id = batches.id
    where units_held <> coalesce(held, 0) or rows_open <> coalesce(counted.open, 0)`,
  'a lease or a result is of nothing': `select leases.id from leases
    where not exists (select from units where units.id = unit_id)
      or not exists (select from accounts where accounts.id = account_id)
    union all select lease_id from results
    where not exists (select from leases where leases.id = lease_id)`,
  'a batch counts units wrongly': `select id from batches
    where units_done <> (select count(*) from units where batch_id = batches.id and state = 2)`,
  'a batch has paid less than its receipts say': `select id from batches
    join (select batch_id, sum(credit) as credit from receipts
      where payer not like 'coordinator:%' group by batch_id) as paid on batch_id = batches.id
    where spent < paid.credit`,
  // Audits with it: each is paid for by batches of one order, in shares that sum to its price.
  'an order or an account pays other than its batches spent': `select payer from
      (select payer, sum(credit) as credit from receipts
        where credit > 0 and payer !~ '^(project|coordinator):' group by payer) as paid
    full join (select payer, sum(spent) as spent from batches
        where payer is not null and spent > 0 group by payer) as charged using (payer)
    where paid.credit is distinct from charged.spent`,
  'a batch names payloads that were deleted': `select units.id from batches
    join units on batch_id = batches.id left join results on unit_id = units.id
    where outputs_deleted_at is not null and (units.output_blob <> 'deleted'
      or results.output_blob <> 'deleted'
      or payloads_deleted_at is not null and input_blob <> 'deleted')`,
};

/** The same of transfers from number $1 on, and of batches that are not over. */
const recentFaults: Record<string, string> = {
  'a recent transfer does not sum to zero': `select transfer_id from postings
    where transfer_id >= $1 group by transfer_id having sum(amount) <> 0 or count(*) < 2`,
  'a recent transfer moves other than its receipts say': movedOtherwise('transfer_id >= $1'),
  'the log ends before its size, or after': `select size from log_head
    where $1::bigint >= 0 and size <>
      (select coalesce(max(first_leaf + leaf_count), 0) from log_groups
       where first_leaf = (select max(first_leaf) from log_groups))`,
  'a recent receipt is of no accepted result': `select id from receipts where transfer_id >= $1
    and kind = 'credited' and not exists (select from results where results.lease_id = receipts.lease_id
      and results.receipt_id = receipts.id and state = 1)`,
  'a unit of an open batch counts leases or results wrongly': `select units.id from units
    join batches on batches.id = batch_id
    where status in ('in_progress', 'finalizing', 'cancelling') and $1::bigint >= 0 and (
      leased <> (select count(*) from leases where unit_id = units.id and leases.state = 0)
      or answered <> (select count(*) from results
        where unit_id = units.id and results.state = 0))`,
  'an open batch counts units wrongly': `select id from batches
    where status in ('in_progress', 'finalizing', 'cancelling') and $1::bigint >= 0
      and units_done <> (select count(*) from units where batch_id = batches.id and state = 2)`,
};

/** Receipts that are checked at every boot. */
const receiptsRecentMax = 20_000;

export async function checkBooksAtBoot(
  transaction: Transaction,
  { receiptsMax = receiptsRecentMax }: { receiptsMax?: number },
): Promise<void> {
  const [recent] = await transaction.query<{ transfer_id: number }>(
    'select transfer_id from receipts order by transfer_id desc, ordinal desc offset $1 limit 1',
    [receiptsMax],
  );
  if (!recent) await checkBooks(transaction);
  else await findFault(transaction, recentFaults, [recent.transfer_id]);
}

async function findFault(
  transaction: Transaction,
  faultsSought: Record<string, string>,
  parameters: unknown[],
): Promise<void> {
  for (const [fault, sql] of Object.entries(faultsSought)) {
    const rows = await transaction.query(`${sql} limit 1`, parameters);
    if (rows.length > 0) {
      throw new IdlewildError('ledger/unbalanced', `The books do not balance: ${fault}.`, {
        metaMessages: ['Nothing was changed. Restore the data folder from a backup.'],
      });
    }
  }
}

/** @throws ledger/unbalanced naming what is wrong */
export async function checkBooks(transaction: Transaction): Promise<Books> {
  await findFault(transaction, faults, []);
  const [{ receipts }] = await transaction.query<{ receipts: number }>(
    'select count(*) as receipts from receipts',
  );
  const earned = await transaction.query<{ account: string; sum: string }>(
    `select account, sum(amount) as sum from postings
     where account like 'contributor:%:earned' group by account order by account`,
  );
  return {
    receipts: Number(receipts),
    earned: Object.fromEntries(
      earned.map(({ account, sum }) => [account.split(':')[1], Number(sum)]),
    ),
  };
}
