// Who gets no leases now, and why; and which accounts are one with the asker, so that it never checks
// what they computed. One search by key for all calls of a commit: it finds rows for few accounts.
import type { Transaction } from './transaction.ts';
import type { WorkReason } from './work-item.ts';

export interface Barred {
  /** By account: why it gets no leases. */
  reasons: Map<string, WorkReason>;
  /** By wallet: the device accounts that are bound to it. */
  bound: Map<string, string[]>;
}

interface BarredRow {
  id: string;
  bound_to: string | null;
  suspended_at: number | null;
}

const suspended: WorkReason = {
  code: 'account/suspended',
  message: 'Too many results of this account were wrong; it gets no further units.',
};

const bound: WorkReason = {
  code: 'account/bound',
  message: 'This device account is bound to a wallet: sign in with the wallet to go on.',
};

/** A ban of a device account bars its wallet too: they are one contributor. */
export async function loadBarred(
  transaction: Transaction,
  accounts: readonly string[],
): Promise<Barred> {
  const barred: Barred = { reasons: new Map(), bound: new Map() };
  if (accounts.length === 0) return barred;
  const rows = await transaction.query<BarredRow>(
    `select id, bound_to, suspended_at from accounts
     where id = any($1::text[]) and (suspended_at is not null or bound_to is not null)
     union select id, bound_to, suspended_at from accounts where bound_to = any($1::text[])`,
    [accounts],
  );
  for (const { id, bound_to: wallet, suspended_at } of rows) {
    if (wallet !== null) {
      if (!barred.reasons.has(id)) barred.reasons.set(id, bound);
      barred.bound.set(wallet, [...(barred.bound.get(wallet) ?? []), id]);
      if (suspended_at !== null) barred.reasons.set(wallet, suspended);
    }
    if (suspended_at !== null) barred.reasons.set(id, suspended);
  }
  return barred;
}
