// An account and those that are one contributor with it: a wallet and the device accounts bound to it.
import type { Transaction } from './transaction.ts';

/** Ids of an account and of those bound to it, for a statement whose parameter $1 is the account. */
export const ownIds = `select id from accounts where id = $1
  union all select id from accounts where bound_to = $1`;

/** Everyone who is one with any of these, in order; each of them is among them. */
export async function loadFamilies(
  transaction: Transaction,
  accounts: readonly string[],
): Promise<string[]> {
  const rows = await transaction.query<{ id: string }>(
    `with owners as (select coalesce(bound_to, id) as id from accounts where id = any($1::text[]))
     select id from accounts where id in (select id from owners)
     union select id from accounts where bound_to in (select id from owners)`,
    [accounts],
  );
  return [...new Set([...accounts, ...rows.map(({ id }) => id)])].sort();
}
