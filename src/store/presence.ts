// Who was there, epoch by epoch, and what an epoch's market came to. What is written down after its
// epoch was closed counts in the one that is open then: nothing is lost, and nothing counted twice.
import { capacityOf, type Presence } from '#ledger/online-capacity.ts';
import type { MarketObservation } from '#ledger/rate-controller.ts';
import { rateEpochMs } from '#protocol/price.ts';
import type { Transaction } from './transaction.ts';

/** Epochs of the day over which a speed is proved. */
const dayEpochs = 24;

/** In SQL: the first epoch that is not closed. */
const openEpoch = 'coalesce((select max(rates.epoch) + 1 from rates), 0)';

export interface SeenPresence extends Presence {
  account: string;
  epoch: number;
}

/** In order of epoch and account, as everybody does who adds to several of them. */
export async function addPresence(
  transaction: Transaction,
  { seen }: { seen: readonly SeenPresence[] },
): Promise<void> {
  await transaction.query(
    `insert into presence as kept (epoch, account_id, busy_ms, waiting_ms)
     select greatest(epoch, ${openEpoch}) as due, account_id, sum(busy_ms)::bigint,
       sum(waiting_ms)::bigint
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
       as seen (epoch, account_id, busy_ms, waiting_ms)
     group by due, account_id order by due, account_id
     on conflict (epoch, account_id) do update set busy_ms = kept.busy_ms + excluded.busy_ms,
       waiting_ms = kept.waiting_ms + excluded.waiting_ms`,
    [
      seen.map(({ epoch }) => epoch),
      seen.map(({ account }) => account),
      seen.map(({ busyMs }) => busyMs),
      seen.map(({ waitingMs }) => waitingMs),
    ],
  );
}

/** What became accepted by these transfers, for whoever counts each of them once (count-days.ts). */
export async function addVerified(
  transaction: Transaction,
  { after, last }: { after: number; last: number },
): Promise<void> {
  await transaction.query(
    `insert into presence as kept (epoch, account_id, verified, paid)
     select greatest(transfers.created_at / ${rateEpochMs}, ${openEpoch}) as due, account_id,
       sum(cost), coalesce(sum(cost) filter (where receipts.payer not like 'coordinator:%'), 0)
     from transfers join receipts on transfer_id = transfers.id join units on units.id = unit_id
     where transfers.id > $1::bigint and transfers.id <= $2::bigint
       and receipts.kind = 'credited'
     group by due, account_id order by due, account_id
     on conflict (epoch, account_id) do update set verified = kept.verified + excluded.verified,
       paid = kept.paid + excluded.paid`,
    [after, last],
  );
}

interface DayRow {
  busy: number;
  waiting: number;
  day_busy: number;
  day_waiting: number;
  day_verified: string;
  paid: string;
}

export interface MarketSurvey {
  /** The last that is counted, and the one after which counting begins. */
  epoch: number;
  after: number;
  /** At which its units were for lease. */
  rate: number;
}

/** What was seen of the market since an epoch was closed last. */
export async function surveyMarket(
  transaction: Transaction,
  { epoch, after, rate }: MarketSurvey,
): Promise<Omit<MarketObservation, 'epoch'>> {
  const rows = await transaction.query<DayRow>(
    `select coalesce(sum(busy_ms) filter (where epoch > $2), 0)::bigint as busy,
       coalesce(sum(waiting_ms) filter (where epoch > $2), 0)::bigint as waiting,
       sum(busy_ms)::bigint as day_busy, sum(waiting_ms)::bigint as day_waiting,
       sum(verified)::text as day_verified,
       coalesce(sum(paid) filter (where epoch > $2), 0)::text as paid
     from presence where epoch <= $1 and epoch > $1::bigint - ${dayEpochs} group by account_id`,
    [epoch, after],
  );
  let [verified, capacity] = [0n, 0n];
  for (const row of rows) {
    const here = { busyMs: Number(row.busy), waitingMs: Number(row.waiting) };
    const day = { busyMs: Number(row.day_busy), waitingMs: Number(row.day_waiting) };
    verified += BigInt(row.paid);
    capacity += capacityOf(here, { ...day, verified: BigInt(row.day_verified) });
  }
  const waiting = await hasWaited(transaction, { since: epoch * rateEpochMs, rate });
  return { verified, capacity, waiting };
}

/** A unit that anyone may take, at the rate, that has waited since then and was never leased. */
async function hasWaited(
  transaction: Transaction,
  { since, rate }: { since: number; rate: number },
): Promise<boolean> {
  const untouched = `state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 0 and not by_choice
    and access_id is null and made_at <= $1`;
  const [{ waited }] = await transaction.query<{ waited: boolean }>(
    `select exists (select from units where ${untouched} and tip + 0 = 0 and rate_cap is null)
       or exists (select from units where ${untouched} and (tip + 0 > 0 or rate_cap is not null)
         and coalesce(rate_cap, 9007199254740991) - tip >= $2::bigint) as waited`,
    [since, rate],
  );
  return waited;
}
