// What an account has come to, with all that is bound to it: kept on the accounts' rows, so that each
// answer may say it.
import type { Totals } from '#protocol/wire.ts';
import type { Transaction } from './transaction.ts';

interface TotalsRow {
  asked: string;
  accepted: string;
  pending: string;
  rejected: string;
  credit: string;
  credit_pending: string;
  credit_held: string;
}

const columns = 'accepted, pending, rejected, credit, credit_pending, credit_held';

export async function readTotals(
  transaction: Transaction,
  items: readonly { account: string }[],
): Promise<Map<string, Totals>> {
  const rows = await transaction.query<TotalsRow>(
    `select id as asked, ${columns} from accounts where id = any($1::text[])
     union all select bound_to, ${columns} from accounts where bound_to = any($1::text[])`,
    [items.map(({ account }) => account)],
  );
  const totals = new Map<string, Totals>();
  for (const row of rows) {
    const sum = totals.get(row.asked) ?? noTotals;
    totals.set(row.asked, {
      accepted: sum.accepted + Number(row.accepted),
      pending: sum.pending + Number(row.pending),
      rejected: sum.rejected + Number(row.rejected),
      credit: sum.credit + Number(row.credit),
      creditPending: sum.creditPending + Number(row.credit_pending),
      creditHeld: sum.creditHeld + Number(row.credit_held),
    });
  }
  return totals;
}

const noTotals: Totals = {
  accepted: 0,
  pending: 0,
  rejected: 0,
  credit: 0,
  creditPending: 0,
  creditHeld: 0,
};
