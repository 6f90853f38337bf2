// Results on their way in: each is matched with its lease, kept once, and handed to the judge.
// What cannot be kept is answered with its reason; a repeated result finds its first answer.
import { equalBytes } from '#protocol/bytes.ts';
import type { VerdictNews } from '#protocol/wire.ts';
import { strikesMax } from '#validator/policy.ts';
import { freeUnits, leaseStates } from './expire-leases.ts';
import { settleUnits } from './settle.ts';
import { resultStates, unitStates } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { CheckedResult, WorkItem, WorkReason } from './work-item.ts';

interface LeaseRow {
  id: string;
  unit_id: number;
  session_id: string;
  account_id: string;
  deliver: string;
  state: number;
  expires_at: number;
  reason: string | null;
  batch_id: string;
  unit_state: number;
  digest: Uint8Array;
  model: Uint8Array;
  row_count: number;
  /** Another lease or result of the same account stands on the unit. */
  doubled: boolean;
}

interface Incoming {
  item: WorkItem;
  result: CheckedResult;
  lease: LeaseRow | undefined;
}

type Fate =
  | { kind: 'keep' }
  | { kind: 'answer'; reason: WorkReason }
  /** The lease is spent, and it counts against the account. */
  | { kind: 'refuse'; reason: WorkReason };

const answer = (code: string, message: string): Fate => ({
  kind: 'answer',
  reason: { code, message },
});

export interface TakenResults {
  /** By lease id; results kept have theirs in the table, after the judge. */
  answers: Map<string, WorkReason>;
  /** Batch of each lease. */
  batches: Map<string, string>;
}

export async function takeResults(
  transaction: Transaction,
  items: readonly WorkItem[],
  now: number,
): Promise<TakenResults> {
  const pairs = items.flatMap((item) => item.results.map((result) => ({ item, result })));
  const taken: TakenResults = { answers: new Map(), batches: new Map() };
  if (pairs.length === 0) return taken;
  const leases = await loadLeases(
    transaction,
    pairs.map(({ result }) => result.lease),
  );
  const kept = new Map<string, Incoming>();
  const refused = new Map<string, Incoming & { reason: WorkReason }>();
  const standing = new Set<string>();
  for (const { item, result } of pairs) {
    const lease = leases.get(result.lease);
    if (lease) taken.batches.set(lease.id, lease.batch_id);
    if (kept.has(result.lease) || refused.has(result.lease)) continue;
    const stand = lease ? `${lease.unit_id} ${lease.account_id}` : '';
    if (lease && standing.has(stand)) lease.doubled = true;
    const fate = decideFate({ item, result, lease }, now);
    if (fate.kind === 'keep') {
      kept.set(result.lease, { item, result, lease });
      standing.add(stand);
    } else taken.answers.set(result.lease, fate.reason);
    if (fate.kind === 'refuse') {
      refused.set(result.lease, { item, result, lease, reason: fate.reason });
    }
  }
  await writeRefused(transaction, [...refused.values()], now);
  await writeKept(transaction, [...kept.values()], now);
  const units = [...new Set([...kept.values()].map(({ lease }) => lease!.unit_id))];
  await settleUnits(transaction, units, { now });
  return taken;
}

async function loadLeases(transaction: Transaction, ids: string[]) {
  const rows = await transaction.query<LeaseRow>(
    `select leases.id, unit_id, session_id, account_id, deliver, leases.state, expires_at, reason,
       batch_id, units.state as unit_state, digest, model, row_count,
       exists (select from leases as other where other.unit_id = leases.unit_id
         and other.account_id = leases.account_id and other.id <> leases.id
         and other.state in (0, 1)) as doubled
     from leases join units on units.id = unit_id where leases.id = any($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function decideFate({ item, result, lease }: Incoming, now: number): Fate {
  if (!lease || lease.account_id !== item.account) {
    const { fault } = result;
    const unreadable = fault?.code === 'result/malformed';
    if (unreadable) return { kind: 'answer', reason: fault };
    return answer('lease/unknown', 'This account holds no such lease.');
  }
  const state = leaseStates[lease.state];
  // Its first answer is in the table of results.
  if (state === 'answered') return answer('result/repeated', 'Answered before.');
  if (state === 'refused') {
    return answer(lease.reason ?? 'lease/refused', refusedBefore);
  }
  const fault = findFault(result, lease);
  if (fault) return { kind: state === 'open' ? 'refuse' : 'answer', reason: fault };
  if (state === 'open') return { kind: 'keep' };
  if (state === 'withdrawn') {
    return now <= lease.expires_at ? { kind: 'keep' } : late;
  }
  const wanted = unitStates[lease.unit_state] === 'open' && !lease.doubled;
  return wanted ? { kind: 'keep' } : late;
}

const refusedBefore = 'The result of this lease was refused.';
const late = answer(
  'lease/expired',
  'The result came after its lease had ended, and the unit needs no further result.',
);

function findFault(result: CheckedResult, lease: LeaseRow): WorkReason | null {
  if (result.fault) return result.fault;
  if (result.session !== lease.session_id) {
    return { code: 'lease/foreign', message: 'The lease belongs to another session.' };
  }
  const matches =
    equalBytes(result.unit, lease.digest) &&
    equalBytes(result.model, lease.model) &&
    result.rows === lease.row_count;
  if (!matches) {
    return { code: 'result/wrong-unit', message: 'Unit, model or rows are not those leased.' };
  }
  if (lease.deliver === 'output' && result.outputBlob === null) {
    return { code: 'result/no-output', message: 'This lease asked for the output itself.' };
  }
  return null;
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
    [refused.map(({ lease }) => lease!.id), refused.map(({ reason }) => reason.code)],
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
      'update records set confirmed = 0 where account_id = $1 and model = $2 and backend = $3',
      [item.account, lease!.model, result.backend],
    );
  }
}

async function writeKept(transaction: Transaction, kept: Incoming[], now: number): Promise<void> {
  if (kept.length === 0) return;
  await transaction.query(
    `insert into results (lease_id, unit_id, account_id, session_id, backend, digest, output_blob,
       payload, signature, code, message, received_at)
     select lease_id, unit_id, account_id, session_id, backend, digest, output_blob, payload,
       signature, 'verdict/awaiting-partner', 'Waiting for a second result of this unit.', $10::bigint
     from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[],
       $7::text[], $8::bytea[], $9::bytea[])
       as kept (lease_id, unit_id, account_id, session_id, backend, digest, output_blob, payload,
         signature)`,
    [
      kept.map(({ lease }) => lease!.id),
      kept.map(({ lease }) => lease!.unit_id),
      kept.map(({ item }) => item.account),
      kept.map(({ result }) => result.session),
      kept.map(({ result }) => result.backend),
      kept.map(({ result }) => result.digest),
      kept.map(({ result, lease }) => (lease!.deliver === 'output' ? result.outputBlob : null)),
      kept.map(({ result }) => result.payload),
      kept.map(({ result }) => result.signature),
      now,
    ],
  );
  await transaction.query('update leases set state = 1 where id = any($1)', [
    kept.map(({ lease }) => lease!.id),
  ]);
  await transaction.query(
    `update units set answered = answered + kept.count, leased = units.leased - kept.leased,
       waiting_since = coalesce(waiting_since, $3)
     from (select id, count(*) as count, sum(leased) as leased
       from unnest($1::bigint[], $2::int[]) as kept (id, leased) group by id) as kept
     where units.id = kept.id`,
    [
      kept.map(({ lease }) => lease!.unit_id),
      kept.map(({ lease }) => (leaseStates[lease!.state] === 'open' ? 1 : 0)),
      now,
    ],
  );
  await transaction.query(
    `update accounts set pending = pending + kept.count
     from (select id, count(*) as count from unnest($1::text[]) as id group by id) as kept
     where accounts.id = kept.id`,
    [kept.map(({ item }) => item.account)],
  );
}

interface NewsRow {
  lease_id: string;
  account_id: string;
  state: number;
  code: string;
  message: string;
  credit: number;
  receipt_id: string | null;
}

export type NewsOf = (lease: string, account: string) => VerdictNews;

/** What is known of each lease; unknown to its asker where it is another's. */
export async function readNews(
  transaction: Transaction,
  leases: readonly string[],
  answers: Map<string, WorkReason>,
): Promise<NewsOf> {
  const rows =
    leases.length === 0
      ? []
      : await transaction.query<NewsRow>(
          `select lease_id, account_id, state, code, message, credit, receipt_id
           from results where lease_id = any($1)`,
          [leases],
        );
  const byLease = new Map(rows.map((row) => [row.lease_id, row]));
  const refused = await readRefused(
    transaction,
    leases.filter((lease) => !byLease.has(lease) && !answers.has(lease)),
  );
  return (lease, account) => {
    const row = byLease.get(lease);
    if (row && row.account_id === account) {
      const { code, message } = row;
      const state = resultStates[row.state];
      return { lease, state, code, message, credit: Number(row.credit), receipt: row.receipt_id };
    }
    const reason = answers.get(lease) ??
      refused.get(`${lease} ${account}`) ?? {
        code: 'lease/unknown',
        message: 'This account has sent no result for such a lease.',
      };
    return { lease, state: 'rejected', ...reason, credit: 0, receipt: null };
  };
}

/** Reasons of leases whose result was refused outright, by lease and account. */
async function readRefused(
  transaction: Transaction,
  leases: readonly string[],
): Promise<Map<string, WorkReason>> {
  if (leases.length === 0) return new Map();
  const rows = await transaction.query<{ id: string; account_id: string; reason: string }>(
    'select id, account_id, reason from leases where id = any($1) and state = 5',
    [leases],
  );
  return new Map(
    rows.map(({ id, account_id, reason }) => [
      `${id} ${account_id}`,
      { code: reason, message: refusedBefore },
    ]),
  );
}
