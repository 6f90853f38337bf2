// The contributors' one operation: results in, leases out, for all calls that arrived while the
// last commit ran. One transaction for the group, so one fsync.
import { consentFault, whyNoConsent } from './consent-reasons.ts';
import { expireLeases, returnLeases } from './expire-leases.ts';
import { type GrantOptions, grantLeases } from './grant-leases.ts';
import { readTotals } from './read-totals.ts';
import { send } from './send.ts';
import { readNews, takeResults } from './take-results.ts';
import type { Transaction } from './transaction.ts';
import type {
  BatchProgress,
  SessionPresence,
  WorkItem,
  WorkOutcome,
  WorkReason,
} from './work-item.ts';

export interface WorkInput extends GrantOptions {
  /** At most one item of a session. */
  items: WorkItem[];
}

/** @returns an outcome for each item, in order */
export async function work(
  transaction: Transaction,
  { items, ...options }: WorkInput,
): Promise<WorkOutcome[]> {
  const { now } = options;
  const heard = await riseCounters(transaction, items, options);
  const { current, counters, over, refused } = heard;
  const taken = await takeResults(transaction, current, options);
  await returnLeases(
    transaction,
    current.flatMap((item) =>
      item.returns.map((returned) => ({ ...returned, account: item.account })),
    ),
  );
  await expireLeases(transaction, now);
  const granted = await grantLeases(transaction, current, { ...options, refused });
  const until = current.map(({ session }) => granted.get(session)?.leasedUntil ?? null);
  await writeSessions(transaction, current, { now, refused, until });

  const asked = current.flatMap((item) => [
    ...item.results.map(({ lease }) => lease),
    ...item.awaiting,
  ]);
  const batchOf = (item: WorkItem) =>
    granted.get(item.session)?.leases.find(({ batch }) => batch !== null)?.batch ??
    taken.batches.get(item.results.at(-1)?.lease ?? '');
  const batches = current.flatMap((item) => batchOf(item) ?? []);
  const [newsOf, totals, progress] = await Promise.all([
    readNews(transaction, asked, taken.answers),
    readTotals(transaction, current),
    readProgress(transaction, batches, now),
  ]);
  return items.map((item) => {
    if (over.has(item.session)) return { kind: 'over' };
    if (!current.includes(item)) {
      return { kind: 'stale', counter: counters.get(item.session) ?? 0 };
    }
    const { leases, reason } = granted.get(item.session)!;
    const leasesAsked = [...item.results.map(({ lease }) => lease), ...item.awaiting];
    return {
      kind: 'answer',
      verdicts: leasesAsked.map((lease) => newsOf(lease, item.account)),
      leases,
      reason,
      totals: totals.get(item.account)!,
      batch: progress.get(batchOf(item) ?? '') ?? null,
      presence: presenceOf(heard.sessions.get(item.session), options),
    };
  });
}

interface SessionRow {
  id: string;
  counter: number;
  expires_at: number;
  heard_at: number | null;
  leased_until: number | null;
  consent_fault: number | null;
}

/** What a session was at since its last call. Who comes back too late was not there to be asked. */
function presenceOf(
  session: SessionRow | undefined,
  { now, waits }: Pick<WorkInput, 'now' | 'waits'>,
): SessionPresence {
  const none = { busyMs: 0, waitingMs: 0 };
  if (!session || session.heard_at === null || session.leased_until === null) return none;
  const [heardAt, until] = [Number(session.heard_at), Number(session.leased_until)];
  const elapsed = Math.max(0, now - heardAt);
  if (until > 0) return { ...none, busyMs: Math.min(elapsed, Math.max(0, until - heardAt)) };
  return elapsed < waits.leaverMs ? { ...none, waitingMs: elapsed } : none;
}

/** A counter only rises: a call that was heard before is not among the current ones. */
async function riseCounters(
  transaction: Transaction,
  items: readonly WorkItem[],
  { now, waits }: Pick<WorkInput, 'now' | 'waits'>,
) {
  const before = await transaction.query<SessionRow>(
    `select id, counter, expires_at, heard_at, leased_until, ${consentFault('$2::bigint')} from sessions
     where id = any($1::text[]) order by id`,
    [items.map(({ session }) => session), now - waits.consentMs],
  );
  const refused = new Map<string, WorkReason>();
  for (const session of before) {
    const reason = whyNoConsent(session.consent_fault);
    if (reason) refused.set(session.id, reason);
  }
  const counters = new Map(before.map(({ id, counter }) => [id, Number(counter)]));
  const ended = before.filter(({ expires_at }) => Number(expires_at) <= now);
  const over = new Set(ended.map(({ id }) => id));
  const current = items.filter(
    ({ session, counter }) => !over.has(session) && counter > (counters.get(session) ?? Infinity),
  );
  const sessions = new Map(before.map((session) => [session.id, session]));
  return { current, counters, over, refused, sessions };
}

interface WrittenSessions {
  now: number;
  refused: ReadonlyMap<string, WorkReason>;
  /** By item: when the last of its leases ends. */
  until: readonly (number | null)[];
}

/** Who asked for work lately may be a partner; who hands leases back because it stops may not. */
async function writeSessions(
  transaction: Transaction,
  items: readonly WorkItem[],
  { now, refused, until }: WrittenSessions,
): Promise<void> {
  const stops = (item: WorkItem) => item.returns.some(({ reason }) => reason === 'stopped');
  const wantedAt = (item: WorkItem) => {
    if (item.want.units > 0 && !refused.has(item.session)) return now;
    return stops(item) ? 0 : null;
  };
  await send(
    transaction,
    `update sessions set counter = greatest(sessions.counter, heard.counter),
       last_wanted_at = coalesce(wanted_at, last_wanted_at),
       address = case when coalesce(wanted_at, 0) = 0 then sessions.address
         else heard.address end,
       project_id = case when wanted_at is null then sessions.project_id else project end,
       heard_at = $6::bigint, leased_until = heard.leased_until
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $7::bigint[])
       as heard (id, counter, wanted_at, address, project,
         leased_until)
     where sessions.id = heard.id`,
    [
      items.map(({ session }) => session),
      items.map(({ counter }) => counter),
      items.map(wantedAt),
      items.map(({ address }) => address),
      items.map(({ want }) => want.project),
      now,
      until,
    ],
  );
}

interface ProgressRow {
  id: string;
  project: string;
  units_done: number;
  units_held: number;
  units_total: number;
  first_lease_at: number | null;
}

async function readProgress(
  transaction: Transaction,
  batches: readonly string[],
  now: number,
): Promise<Map<string, BatchProgress>> {
  if (batches.length === 0) return new Map();
  const rows = await transaction.query<ProgressRow>(
    `select batches.id, name as project, units_done, units_held, units_total, first_lease_at
     from batches join projects on projects.id = project_id where batches.id = any($1::text[])`,
    [[...new Set(batches)]],
  );
  return new Map(rows.map((row) => [row.id, toProgress(row, now)]));
}

/** Time left at the batch's own pace so far. */
function toProgress(row: ProgressRow, now: number): BatchProgress {
  const { project, units_done: unitsDone, units_total: unitsTotal, first_lease_at } = row;
  const computed = unitsDone + row.units_held;
  const remainingMs =
    first_lease_at === null || computed === 0
      ? null
      : Math.round(((now - Number(first_lease_at)) / computed) * (unitsTotal - computed));
  return { project, unitsDone, unitsTotal, remainingMs };
}
