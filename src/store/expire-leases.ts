// Leases whose time is over, or that their holder gave back, free their units for others.
import type { ReturnedLease } from '#protocol/wire.ts';
import { count } from './tally.ts';
import type { Transaction } from './transaction.ts';

/** A silent timeout starts the account's run of confirmed results again. */
export async function expireLeases(transaction: Transaction, now: number): Promise<number> {
  const expired = await transaction.query<{ id: string; unit_id: number }>(
    `update leases set state = 3, reason = 'lease/expired'
     where state + 0 = 0 and expires_at <= $1 returning id, unit_id`,
    [now],
  );
  if (expired.length === 0) return 0;
  count(transaction, 'lease expired', expired.length);
  await transaction.query(
    `update records set run = 0
     from leases join sessions on sessions.id = session_id join units on units.id = unit_id
     where leases.id = any($1) and records.account_id = leases.account_id
       and records.model = units.model and records.backend = sessions.backend`,
    [expired.map(({ id }) => id)],
  );
  await freeUnits(
    transaction,
    expired.map(({ unit_id }) => unit_id),
  );
  return expired.length;
}

export interface OwnedReturn extends ReturnedLease {
  account: string;
}

/** @returns those that were open until now */
export async function returnLeases(
  transaction: Transaction,
  returns: readonly OwnedReturn[],
): Promise<{ id: string; unit_id: number }[]> {
  if (returns.length === 0) return [];
  const returned = await transaction.query<{ id: string; unit_id: number }>(
    `update leases set state = 2, reason = returned.reason
     from unnest($1::text[], $2::text[], $3::text[]) as returned (id, account_id, reason)
     where leases.id = returned.id and leases.account_id = returned.account_id
       and leases.state = 0
     returning leases.id, unit_id`,
    [
      returns.map(({ lease }) => lease),
      returns.map(({ account }) => account),
      returns.map(({ reason }) => reason),
    ],
  );
  count(transaction, 'lease returned', returned.length);
  await freeUnits(
    transaction,
    returned.map(({ unit_id }) => unit_id),
  );
  return returned;
}

/** Leases of an account that ask for the output and have no result yet. */
export async function findOutputLeases(
  transaction: Transaction,
  { account, leases }: { account: string; leases: readonly string[] },
): Promise<{ id: string }[]> {
  return transaction.query<{ id: string }>(
    `select id from leases where id = any($1) and account_id = $2 and deliver = 'output'
       and state in (0, 3, 4)`,
    [leases, account],
  );
}

/** @param units one entry for each lease that ended */
export async function freeUnits(transaction: Transaction, units: readonly number[]): Promise<void> {
  if (units.length === 0) return;
  await transaction.query(
    `update units set leased = leased - freed.count
     from (select id, count(*) as count from unnest($1::bigint[]) as id group by id) as freed
     where units.id = freed.id`,
    [units],
  );
}
