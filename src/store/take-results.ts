// Results on their way in: each is matched with its lease, kept once, and handed to the judge.
// What cannot be kept is answered with its reason; a repeated result finds its first answer.

import { assert } from '#protocol/errors.ts';
import { priceOf } from '#protocol/price.ts';
import type { VerdictNews } from '#protocol/wire.ts';
import { heldNews } from '#validator/judge.ts';
import { leaseStates, resultStates } from '#validator/states.ts';
import { rateOfUnit } from './charge.ts';
import { decideFate, type Incoming, type LeaseRow, refusedBefore } from './decide-fate.ts';
import { freeUnits } from './expire-leases.ts';
import { completeUnits } from './load-units.ts';
import { send } from './send.ts';
import { settleUnits } from './settle.ts';
import { type Arrival, type UnitRow, unitColumns, type VerdictOptions } from './settlement.ts';
import type { Transaction, WrittenResult } from './transaction.ts';
import type { WorkItem, WorkReason } from './work-item.ts';

/** Results refused outright after which an account gets no more leases. */
const strikesMax = 3;

export interface TakenResults {
  /** By lease id; results kept have theirs in the table, after the judge. */
  answers: Map<string, WorkReason>;
  /** Batch of each lease. */
  batches: Map<string, string>;
}

export async function takeResults(
  transaction: Transaction,
  items: readonly WorkItem[],
  options: VerdictOptions,
): Promise<TakenResults> {
  const { now } = options;
  const pairs = items.flatMap((item) => item.results.map((result) => ({ item, result })));
  const taken: TakenResults = { answers: new Map(), batches: new Map() };
  if (pairs.length === 0) return taken;
  const leases = await loadLeases(
    transaction,
    pairs.map(({ result }) => result.lease),
  );
  const kept = new Map<string, Incoming>();
  const refused = new Map<string, Incoming & { reason: WorkReason }>();
  /** Results kept in this commit, by unit and account, and by unit. */
  const accounts = new Set<string>();
  const arrived = new Map<number, number>();
  for (const { item, result } of pairs) {
    const lease = leases.get(result.lease);
    if (lease?.batch_id) taken.batches.set(lease.lease_id, lease.batch_id);
    if (kept.has(result.lease) || refused.has(result.lease)) continue;
    const stand = lease ? `${lease.unit_id} ${lease.account_id}` : '';
    if (lease) {
      lease.doubled ||= accounts.has(stand);
      lease.standing += arrived.get(lease.unit_id) ?? 0;
    }
    const fate = decideFate({ item, result, lease }, now);
    if (fate.kind === 'keep') {
      kept.set(result.lease, { item, result, lease });
      accounts.add(stand);
      if (lease) arrived.set(lease.unit_id, (arrived.get(lease.unit_id) ?? 0) + 1);
    } else taken.answers.set(result.lease, fate.reason);
    if (fate.kind === 'refuse') {
      refused.set(result.lease, { item, result, lease, reason: fate.reason });
    }
  }
  await writeRefused(transaction, [...refused.values()], now);
  const arrivals = [...kept.values()].map(toArrival);
  const units = new Map<number, UnitRow>();
  for (const { lease } of kept.values()) if (lease) units.set(lease.id, lease);
  const rows = [...units.values()].sort((a, b) => a.id - b.id);
  await answerLeases(transaction, arrivals);
  const loaded = await completeUnits(transaction, rows);
  await settleUnits(transaction, [...units.keys()], { ...options, arrivals, loaded });
  return taken;
}

/** Leases, each with its unit. */
async function loadLeases(transaction: Transaction, ids: string[]) {
  const rows = await transaction.query<LeaseRow>(
    `select leases.id as lease_id, unit_id, session_id, account_id, deliver,
       leases.state as lease_state, expires_at, reason,
       leases.state <> 0 and exists (select from leases as other
         where other.unit_id = leases.unit_id and other.account_id = leases.account_id
           and other.id <> leases.id and other.state in (0, 1)) as doubled,
       case when leases.state = 0 then 0 else (select count(*)::int from results
         where results.unit_id = leases.unit_id and results.state in (0, 3)) end as standing,
       ${unitColumns}
     from leases join units on units.id = unit_id where leases.id = any($1::text[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.lease_id, row]));
}

async function writeRefused(
  transaction: Transaction,
  refused: (Incoming & { reason: WorkReason })[],
  now: number,
): Promise<void> {
  if (refused.length === 0) return;
  await transaction.query(
    `update leases set state = 5, reason = refused.reason
     from unnest($1::text[], $2::text[]) as refused (id, reason) where leases.id = refused.id`,
    [refused.map(({ lease }) => lease!.lease_id), refused.map(({ reason }) => reason.code)],
  );
  await freeUnits(
    transaction,
    refused.map(({ lease }) => lease!.unit_id),
  );
  for (const { item, lease, result } of refused) {
    await transaction.query(
      `update accounts set rejected = rejected + 1, strikes = strikes + 1,
         suspended_at = case when strikes + 1 >= $2 and suspended_at is null then $3::bigint
           else suspended_at end
       where id = $1`,
      [item.account, strikesMax, now],
    );
    await transaction.query(
      'update records set run = 0 where account_id = $1 and model = $2 and backend = $3',
      [item.account, lease!.model, result.backend],
    );
  }
}

function toArrival({ item, result, lease }: Incoming): Arrival {
  assert(lease, 'a result that is kept has a lease');
  return {
    lease_id: lease.lease_id,
    unit_id: lease.unit_id,
    session_id: item.session,
    account_id: item.account,
    backend: result.backend,
    digest: result.digest,
    output_blob: lease.deliver === 'output' ? result.outputBlob : null,
    state: resultStates.indexOf('pending'),
    evidence: result.evidence,
    leased: leaseStates[lease.lease_state] === 'open',
    worth: priceOf(Number(lease.cost), rateOfUnit(lease)),
  };
}

async function answerLeases(transaction: Transaction, arrivals: readonly Arrival[]): Promise<void> {
  if (arrivals.length === 0) return;
  const ids = arrivals.map(({ lease_id }) => lease_id);
  await send(transaction, 'update leases set state = 1 where id = any($1::text[])', [ids]);
}

export type NewsOf = (lease: string, account: string) => VerdictNews;

/** What is known of each lease; unknown to its asker where it is another's. */
export async function readNews(
  transaction: Transaction,
  leases: readonly string[],
  answers: Map<string, WorkReason>,
): Promise<NewsOf> {
  const byLease = new Map(transaction.written);
  const others = leases.filter((lease) => !byLease.has(lease));
  for (const row of await loadNews(transaction, others)) byLease.set(row.lease, row);
  const refused = await readRefused(
    transaction,
    leases.filter((lease) => !byLease.has(lease) && !answers.has(lease)),
  );
  return (lease, account) => {
    const row = byLease.get(lease);
    if (row && row.account === account) {
      const { code, message, credit, receipt } = row;
      // What is held is still to be decided, for all that its contributor need know.
      const state = row.to === 'held' ? 'pending' : row.to;
      return { lease, state, code, message, credit, receipt };
    }
    const reason = answers.get(lease) ??
      refused.get(`${lease} ${account}`) ?? {
        code: 'lease/unknown',
        message: 'This account has sent no result for such a lease.',
      };
    return { lease, state: 'rejected', ...reason, credit: 0, receipt: null };
  };
}

interface NewsRow extends WrittenResult {
  lease: string;
  state: number;
}

/** Most that are asked are held still: the words for that are in the code. */
async function loadNews(transaction: Transaction, leases: readonly string[]): Promise<NewsRow[]> {
  if (leases.length === 0) return [];
  const rows = await transaction.query<NewsRow>(
    `select lease_id as lease, account_id as account, state,
       case when state <> 3 then code end as code, case when state <> 3 then message end as message,
       case when state <> 3 then credit else 0 end as credit, receipt_id as receipt
     from results where lease_id = any($1::text[])`,
    [leases],
  );
  for (const row of rows) {
    row.to = resultStates[row.state];
    row.credit = Number(row.credit);
    if (row.to !== 'held') continue;
    row.code = heldNews.code;
    row.message = heldNews.message;
  }
  return rows;
}

/** Reasons of leases whose result was refused outright, by lease and account. */
async function readRefused(
  transaction: Transaction,
  leases: readonly string[],
): Promise<Map<string, WorkReason>> {
  if (leases.length === 0) return new Map();
  const rows = await transaction.query<{ id: string; account_id: string; reason: string }>(
    'select id, account_id, reason from leases where id = any($1::text[]) and state = 5',
    [leases],
  );
  return new Map(
    rows.map(({ id, account_id, reason }) => [
      `${id} ${account_id}`,
      { code: reason, message: refusedBefore },
    ]),
  );
}
