// The market as anyone may see it: sums alone, nobody's name. Each part is bounded, since whoever asks
// pays nothing for it.
import { rateEpochMs } from '#protocol/price.ts';
import type { Transaction } from './transaction.ts';

/** Contributors of a day, sessions that live and open batches that are looked at, each. */
const rowsMax = 10_000;
/** Of a batch's units: what one costs on average follows from so many, spread over it. */
const sampledUnits = 32;
const batchesMax = 256;

/** A contributor in its last day. */
export interface MarketContributor {
  /** Of its latest session. */
  backend: string;
  isLive: boolean;
  busyMs: number;
  waitingMs: number;
  /** Multiply-adds of results that became accepted. */
  verified: string;
  /** What they come to at the rates of their hours: credits. */
  earned: string;
}

/** An open batch: what it waits for. */
interface MarketBatch {
  model: string | null;
  unitsOpen: number;
  /** About: multiply-adds. */
  cost: number;
  /** It pays less than the rate now. */
  isTooDear: boolean;
}

export interface Market {
  rate: number;
  contributors: MarketContributor[];
  /** Accounts that asked for work lately, by backend. */
  live: { backend: string; accounts: number }[];
  batches: MarketBatch[];
}

export interface MarketQuestion {
  rate: number;
  now: number;
  /** Who asked for work since then is there. */
  liveSince: number;
}

export async function readMarket(
  transaction: Transaction,
  question: MarketQuestion,
): Promise<Market> {
  return {
    rate: question.rate,
    contributors: await readContributors(transaction, question),
    live: await readLive(transaction, question),
    batches: await readBatches(transaction, question),
  };
}

const dayEpochs = 24;

/** Every hour's work is worth that hour's rate; tips are left out. */
async function readContributors(
  transaction: Transaction,
  { rate, now, liveSince }: MarketQuestion,
): Promise<MarketContributor[]> {
  return transaction.query<MarketContributor>(
    `select backend, last_wanted_at >= $3 as "isLive", busy::float8 as "busyMs",
       waiting::float8 as "waitingMs", verified::text as verified,
       trunc(worth / 1000000000)::text as earned
     from (select account_id, sum(busy_ms) as busy, sum(waiting_ms) as waiting,
           sum(presence.verified) as verified,
           sum(presence.verified * coalesce(rates.rate, $2::bigint)) as worth
         from (select * from presence where epoch > $1
             order by epoch desc limit ${dayEpochs * rowsMax}) as presence
           left join rates on rates.epoch = presence.epoch - 1
         group by account_id limit ${rowsMax}) as seen
       join lateral (select backend, last_wanted_at from account_sessions
           join sessions on sessions.id = session_id
           where account_sessions.account_id = seen.account_id
           order by last_wanted_at desc limit 1) as latest on true`,
    [Math.floor(now / rateEpochMs) - dayEpochs, rate, liveSince],
  );
}

async function readLive(
  transaction: Transaction,
  { liveSince }: MarketQuestion,
): Promise<Market['live']> {
  return transaction.query<Market['live'][0]>(
    `select backend, count(distinct account_id)::int as accounts
     from (select backend, account_id from sessions where last_wanted_at >= $1
       order by last_wanted_at desc limit ${rowsMax}) as sessions
     group by backend order by backend`,
    [liveSince],
  );
}

/** A batch's units lie by their length, so those looked at are spread over all of them. */
async function readBatches(
  transaction: Transaction,
  { rate }: MarketQuestion,
): Promise<MarketBatch[]> {
  return transaction.query<MarketBatch>(
    `select model, open::int as "unitsOpen", coalesce(mean * open, 0)::float8 as cost,
       coalesce(rate_cap < $1::bigint + tip, false) as "isTooDear"
     from (select id, model, units_total, rate_cap, tip,
           units_total - units_done - units_held - units_withdrawn as open
         from batches where status = 'in_progress' order by id limit ${batchesMax}) as batches
       left join lateral (select avg(cost) as mean from units where batch_id = batches.id
           and ordinal in (select (part * batches.units_total / ${sampledUnits})::int
             from generate_series(0, ${sampledUnits - 1}) as part)) as sample on true
     where open > 0`,
    [rate],
  );
}
