// The rate as the books have it: moved once an epoch by the ledger's rule, from what the coordinator saw
// itself. Whichever replica comes first closes an epoch; the others find it closed.
import type { RateEntry } from '#ledger/audit-rates.ts';
import { type MarketObservation, nextRate, rateOf, startRate } from '#ledger/rate-controller.ts';
import { firstRate } from '#protocol/price.ts';
import type { Transaction } from './transaction.ts';

interface RateRow {
  epoch: number;
  rate: number;
  verified: string;
  capacity: string;
  waiting: boolean;
  level: string;
  carry: string;
  usual: string;
}

const columns = `epoch, rate, verified::text as verified, capacity::text as capacity, waiting,
  level::text as level, carry::text as carry, usual::text as usual`;

/** Presence is kept so long: of the day before an epoch's end, and what is behind the clock. */
const presenceEpochs = 48;

/** Credits for 10^9 multiply-adds, for what is leased now. */
export async function readRate(transaction: Transaction): Promise<number> {
  const [last] = await transaction.query<{ rate: number }>(
    'select rate from rates order by epoch desc limit 1',
  );
  return last ? Number(last.rate) : firstRate;
}

/** Newest last. @param before epochs below it; null: up to now */
export async function readRates(
  transaction: Transaction,
  { before, most }: { before: number | null; most: number },
): Promise<RateEntry[]> {
  const rows = await transaction.query<RateRow>(
    `select ${columns} from rates where epoch < coalesce($1::bigint, 9007199254740991)
     order by rates.epoch desc limit $2`,
    [before, most],
  );
  return rows.reverse().map(toEntry);
}

function toEntry({ epoch, rate, waiting, ...row }: RateRow): RateEntry {
  const verified = BigInt(row.verified);
  const capacity = BigInt(row.capacity);
  const [level, carry, usual] = [BigInt(row.level), BigInt(row.carry), BigInt(row.usual)];
  const seen = { verified, capacity, waiting };
  return { epoch: Number(epoch), rate: Number(rate), level, carry, usual, seen };
}

/**
 * Closes an epoch, and everything since the last that was closed with it: once, whoever else does. The
 * first of all is where the history begins: nothing is counted of it.
 */
export async function closeRates(
  transaction: Transaction,
  { epoch, seen, now }: Pick<MarketObservation, 'epoch'> & { seen: RateEntry['seen']; now: number },
): Promise<void> {
  const [last] = await readRates(transaction, { before: null, most: 1 });
  if (last && last.epoch >= epoch) return;
  const state = last ? nextRate(last, { ...seen, epoch }) : startRate(firstRate);
  const counted = last ? seen : { verified: 0n, capacity: 0n, waiting: false };
  await transaction.query(
    `insert into rates (epoch, rate, verified, capacity, waiting, level, carry, usual, closed_at)
     values ($1, $2, $3::text::numeric, $4::text::numeric, $5, $6::text::numeric,
       $7::text::numeric, $8::text::numeric, $9)`,
    [
      epoch,
      rateOf(state),
      String(counted.verified),
      String(counted.capacity),
      counted.waiting,
      String(state.level),
      String(state.carry),
      String(state.usual),
      now,
    ],
  );
  await transaction.query('delete from presence where epoch <= $1', [epoch - presenceEpochs]);
}
