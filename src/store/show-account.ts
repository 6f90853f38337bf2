// One account as its operator sees it: what it has come to, whom it counts for, what it agreed to.
import type { Totals } from '#protocol/wire.ts';
import { readTotals } from './read-totals.ts';
import type { Transaction } from './transaction.ts';

export interface ShownAccount {
  id: string;
  bound_to: string | null;
  /** Accounts bound to it: their credit is in its totals. */
  devices: string[];
  totals: Totals;
  convictions: number;
  suspended_at: number | null;
  created_at: number;
  /** Sessions that have not ended, its devices' not among them. */
  sessions: number;
  /** Of its latest session; null where it never had one. */
  consent: { version: number; given_at: number; withdrawn_at: number | null } | null;
  /** It has asked to be forgotten, and leases still name its network address. */
  erasing: boolean;
}

/** @returns null for an account that nobody has heard of */
export async function showAccount(
  transaction: Transaction,
  { id, now }: { id: string; now: number },
): Promise<ShownAccount | null> {
  const [account] = await transaction.query<Omit<ShownAccount, 'totals' | 'consent'>>(
    `select id, bound_to, array(select id from accounts where bound_to = $1 order by id) as devices,
       convictions, suspended_at::float8 as suspended_at, created_at::float8 as created_at,
       (select count(*)::int from account_sessions join sessions on sessions.id = session_id
         where account_sessions.account_id = $1 and expires_at > $2) as sessions,
       exists (select from erasures where account_id = $1) as erasing
     from accounts where id = $1`,
    [id, now],
  );
  if (!account) return null;
  const [consent] = await transaction.query<NonNullable<ShownAccount['consent']>>(
    `select consent_version as version, consented_at::float8 as given_at,
       consent_withdrawn_at::float8 as withdrawn_at
     from account_sessions join sessions on sessions.id = session_id
     where account_sessions.account_id = $1 order by created_at desc, sessions.id limit 1`,
    [id],
  );
  const totals = await readTotals(transaction, [{ account: id }]);
  return { ...account, totals: totals.get(id) as Totals, consent: consent ?? null };
}
