// The network addresses that leases of deleted accounts were taken from: blanked behind everything else,
// a stretch of units at a time, each once its batch is over. Until then the address is what keeps
// somebody from checking his own work.
import type { Transaction } from './transaction.ts';

/** Units looked at in one go. */
const unitsMax = 5_000;
/** What was not over is looked at again so much later. */
const againMs = 60 * 60_000;

interface ErasureRow {
  account_id: string;
  next_unit: number;
  left_unit: number | null;
}

/** @returns whether there is more to look at now */
export async function eraseAddresses(
  transaction: Transaction,
  { now }: { now: number },
): Promise<boolean> {
  const [erasure] = await transaction.query<ErasureRow>(
    `select account_id, next_unit, left_unit from erasures where look_at <= $1
     order by look_at, account_id limit 1`,
    [now],
  );
  if (!erasure) return false;
  const { account_id: account, next_unit: from } = erasure;
  const [{ end }] = await transaction.query<{ end: number }>(
    'select coalesce(max(id), 0) + 1 as end from units',
  );
  const to = Math.min(Number(from) + unitsMax, Number(end));
  const stretch = { from: Number(from), to };
  await blank(transaction, account, stretch);
  const left = erasure.left_unit ?? (await findLeft(transaction, account, stretch));
  if (to < Number(end)) {
    await transaction.query(
      'update erasures set next_unit = $2, left_unit = $3 where account_id = $1',
      [account, to, left],
    );
  } else if (left !== null) {
    await transaction.query(
      'update erasures set next_unit = $2, left_unit = null, look_at = $3 where account_id = $1',
      [account, left, now + againMs],
    );
  } else await transaction.query('delete from erasures where account_id = $1', [account]);
  return true;
}

interface Stretch {
  from: number;
  to: number;
}

// Two searches, by the two indexes that leases have by unit.
const stretches = ['leases.state in (0, 1)', 'leases.state > 1'].map(
  (states) => `leases.account_id = $1 and leases.unit_id >= $2 and leases.unit_id < $3
    and ${states} and leases.address <> ''`,
);

async function blank(
  transaction: Transaction,
  account: string,
  { from, to }: Stretch,
): Promise<void> {
  for (const stretch of stretches) {
    await transaction.query(
      `update leases set address = '' from units left join batches on batches.id = batch_id
       where ${stretch} and units.id = leases.unit_id and units.state in (2, 3)
         and (batch_id is null or ended_at is not null)`,
      [account, from, to],
    );
  }
}

/** The first unit of the stretch whose batch is not over. */
async function findLeft(
  transaction: Transaction,
  account: string,
  { from, to }: Stretch,
): Promise<number | null> {
  const found: number[] = [];
  for (const stretch of stretches) {
    const [{ first }] = await transaction.query<{ first: number | null }>(
      `select min(unit_id) as first from leases where ${stretch}`,
      [account, from, to],
    );
    if (first !== null) found.push(Number(first));
  }
  return found.length > 0 ? Math.min(...found) : null;
}
