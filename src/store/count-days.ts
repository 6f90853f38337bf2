// Receipts by account and day, and what they verified by account and epoch, counted a piece at a time
// behind what writes them: a result's commit pays nothing for it. Transfers are numbered in the order of their commits, for one writer at a time
// makes them (database-modes.ts): so whatever is at or below the last one seen is complete.
import { addVerified } from './presence.ts';
import type { Transaction } from './transaction.ts';

/** Transfers counted in one go; each holds the receipts of a commit. */
const transfersMax = 1_024;
export const dayMs = 24 * 60 * 60_000;

/** @returns whether there may be more */
export async function countDays(transaction: Transaction, _input: null): Promise<boolean> {
  const [{ transfer_id: counted }] = await transaction.query<{ transfer_id: number }>(
    'select transfer_id from days_counted for update',
  );
  const [{ last, found }] = await transaction.query<{ last: number | null; found: number }>(
    `select max(id) as last, count(*)::int as found
     from (select id from transfers where id > $1 order by id limit $2) as fresh`,
    [counted, transfersMax],
  );
  if (last === null) return false;
  await transaction.query(
    `insert into account_days as kept (account_id, day, accepted, rejected, credit)
     select account_id, day, accepted, rejected, credit from (${countReceipts(
       'transfers.id > $1::bigint and transfers.id <= $2::bigint',
     )}) as fresh
     on conflict (account_id, day) do update set accepted = kept.accepted + excluded.accepted,
       rejected = kept.rejected + excluded.rejected, credit = kept.credit + excluded.credit`,
    [counted, last],
  );
  await addVerified(transaction, { after: counted, last });
  await transaction.query('update days_counted set transfer_id = $1', [last]);
  return found === transfersMax;
}

/** Receipts of these transfers, by account and day of UTC. */
export function countReceipts(which: string): string {
  return `select account_id, (transfers.created_at / ${dayMs})::int as day,
      (count(*) filter (where receipts.kind = 'credited'))::int as accepted,
      (count(*) filter (where receipts.kind = 'voided'))::int as rejected,
      sum(credit)::bigint as credit
    from transfers join receipts on transfer_id = transfers.id
    where ${which} group by account_id, transfers.created_at / ${dayMs}`;
}
