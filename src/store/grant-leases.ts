// Leases on their way out: candidates are loaded once for all calls of a commit, chosen one call
// after another (choose-leases.ts), and written down together.
import { randomBytes } from 'node:crypto';
import { limits } from '#protocol/limits.ts';
import { type Choice, type Chooser, chooseLeases } from './choose-leases.ts';
import { makeDraw } from './draw.ts';
import { loadBarred } from './load-barred.ts';
import { loadCandidates, loadLists } from './load-candidates.ts';
import { readRate } from './rates.ts';
import { send } from './send.ts';
import type { VerdictOptions } from './settlement.ts';
import { count } from './tally.ts';
import { openRecords, type TrackRecords } from './track-records.ts';
import type { Transaction } from './transaction.ts';
import type { Waits } from './waits.ts';
import type { GrantedLease, WorkItem, WorkReason } from './work-item.ts';

export interface GrantOptions extends VerdictOptions {
  waits: Waits;
  laboratory: boolean;
  /** The coordinator stops and leases nothing. */
  closing: boolean;
}

interface Refusals {
  /** By session: why it gets no leases. */
  refused: ReadonlyMap<string, WorkReason>;
}

export interface Granted {
  leases: GrantedLease[];
  reason: WorkReason | null;
  /** When the last of the leases that it is left with ends; 0: it has none, since there is no work. */
  leasedUntil: number | null;
}

interface HeldRow {
  id: string;
  session_id: string;
  expires_at: number;
  deliver: 'output' | 'digest';
  unit_id: number;
  batch_id: string | null;
  project: string;
  project_id: string;
  digest: Uint8Array;
  model: Uint8Array;
  row_count: number;
  cost: number;
  input_blob: string;
}

export async function grantLeases(
  transaction: Transaction,
  items: readonly WorkItem[],
  options: GrantOptions & Refusals,
): Promise<Map<string, Granted>> {
  const granted = new Map<string, Granted>();
  const wanting = items.filter((item) => item.want.units > 0);
  const accounts = wanting.map(({ account }) => account);
  const [held, barred, lists, records, rate] = await Promise.all([
    loadHeld(transaction, items),
    loadBarred(transaction, accounts),
    loadLists(transaction, accounts),
    openRecords(transaction, accounts),
    readRate(transaction),
  ]);
  const refusalOf = ({ account, session }: WorkItem) =>
    barred.reasons.get(account) ?? options.refused.get(session) ?? null;
  const eligible = options.closing ? [] : wanting.filter((item) => !refusalOf(item));
  const candidates = await loadCandidates(transaction, {
    wanted: countWanted(eligible),
    lists,
    bounded: eligible.some(({ want }) => want.bounded !== null),
    classBefore: options.now - options.waits.sameClassMs,
    rate,
  });
  const draw = makeDraw(options.secret);
  const choices: { item: WorkItem; choice: Choice; lease: string }[] = [];
  for (const item of items) {
    const open = held.filter(({ session_id }) => session_id === item.session);
    if (!eligible.includes(item)) {
      const reason = whyNot(item, refusalOf(item), options);
      granted.set(item.session, { leases: [], reason, leasedUntil: lastEnd(open, []) || null });
      continue;
    }
    const lost = open.filter(({ id }) => !item.holding.includes(id)).slice(0, item.want.units);
    const chooser = makeChooser(item, {
      open,
      units: item.want.units - lost.length,
      records,
      lists,
      bound: barred.bound,
    });
    const { choices: chosen, reason } = chooseLeases(candidates, chooser, {
      ...options,
      draw,
      leasesMax: limits.workLeasesMax,
    });
    const fresh = chosen.map((choice) => ({ item, choice, lease: newLeaseId() }));
    choices.push(...fresh);
    const leases = [
      ...lost.map((row) => resend(row, options.now)),
      ...fresh.map(({ choice, lease }) => toLease(choice, lease)),
    ];
    granted.set(item.session, {
      leases,
      reason: leases.length > 0 ? null : reason,
      leasedUntil: lastEnd(
        open,
        fresh.map(({ choice }) => options.now + choice.leaseMs),
      ),
    });
  }
  countAudits(records, choices);
  await records.write();
  await writeLeases(transaction, choices, { now: options.now, rate });
  return granted;
}

function lastEnd(held: readonly HeldRow[], fresh: readonly number[]): number {
  return Math.max(0, ...fresh, ...held.map(({ expires_at }) => Number(expires_at)));
}

/** Units wanted in all, by the project that was chosen. */
function countWanted(items: readonly WorkItem[]): Map<string | null, number> {
  const wanted = new Map<string | null, number>();
  for (const { want } of items) {
    wanted.set(want.project, (wanted.get(want.project) ?? 0) + want.units);
  }
  return wanted;
}

function newLeaseId(): string {
  return `lease_${randomBytes(16).toString('base64url')}`;
}

function whyNot(item: WorkItem, refusal: WorkReason | null, { closing }: GrantOptions): WorkReason {
  if (refusal) return refusal;
  if (closing && item.want.units > 0) {
    return { code: 'coordinator/closing', message: 'The coordinator restarts; come back soon.' };
  }
  return { code: 'work/not-wanted', message: 'No further unit was asked for.' };
}

interface ChooserInput {
  open: HeldRow[];
  units: number;
  records: TrackRecords;
  lists: Map<string, Set<string>>;
  bound: Map<string, string[]>;
}

function makeChooser(
  item: WorkItem,
  { open, units, records, lists, bound }: ChooserInput,
): Chooser {
  const { account, address, backend, want } = item;
  const copies = new Map<string, ReturnType<TrackRecords['get']>>();
  return {
    account,
    own: new Set([account, ...(bound.get(account) ?? [])]),
    address,
    adapterClass: want.bounded,
    units,
    project: want.project,
    models: new Set(want.models),
    speed: want.speed,
    held: { leases: open.length, cost: open.reduce((sum, { cost }) => sum + Number(cost), 0) },
    lists: lists.get(account) ?? new Set(),
    record(model) {
      const copy = copies.get(model) ?? { ...records.get({ account, model, backend }) };
      copies.set(model, copy);
      return copy;
    },
  };
}

function countAudits(records: TrackRecords, choices: { item: WorkItem; choice: Choice }[]): void {
  for (const { item, choice } of choices) {
    if (choice.candidate.kind !== 'audit') continue;
    const { account, backend } = item;
    const { modelHex: model, rows: audits } = choice.candidate;
    records.add({ account, model, backend }, { audits });
  }
}

/** Leases still open: those that the contributor does not name were lost on the way to it. */
async function loadHeld(transaction: Transaction, items: readonly WorkItem[]): Promise<HeldRow[]> {
  return transaction.query<HeldRow>(
    `select leases.id, session_id, leases.expires_at, deliver, unit_id, batch_id,
       projects.name as project, project_id, digest, units.model, row_count, cost, input_blob
     from leases join units on units.id = unit_id join projects on projects.id = project_id
     where leases.state + 0 = 0 and session_id = any($1::text[]) order by unit_id`,
    [items.map(({ session }) => session)],
  );
}

function resend(row: HeldRow, now: number): GrantedLease {
  return {
    lease: row.id,
    unit: row.digest,
    model: row.model,
    rows: row.row_count,
    cost: Number(row.cost),
    leaseMs: Math.max(1, Number(row.expires_at) - now),
    inputBlob: row.input_blob,
    deliver: row.deliver,
    project: row.project,
    projectId: row.project_id,
    batch: row.batch_id,
  };
}

function toLease({ candidate, deliver, leaseMs }: Choice, lease: string): GrantedLease {
  const { digest: unit, model, rows, cost, inputBlob, project, projectId, batch } = candidate;
  const work = { unit, model, rows, cost, inputBlob, project, projectId, batch };
  return { lease, leaseMs, deliver, ...work };
}

async function writeLeases(
  transaction: Transaction,
  choices: { item: WorkItem; choice: Choice; lease: string }[],
  { now, rate }: { now: number; rate: number },
): Promise<void> {
  if (choices.length === 0) return;
  count(transaction, 'lease granted', choices.length);
  await send(
    transaction,
    `insert into leases (id, unit_id, session_id, account_id, address, deliver, adapter_class,
       granted_at, expires_at)
     select id, unit_id, session_id, account_id, address, deliver, adapter_class, $8::bigint,
       $8::bigint + lease_ms
     from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::bigint[], $9::text[])
       as granted (id, unit_id, session_id, account_id, address, deliver, lease_ms,
         adapter_class)`,
    [
      choices.map(({ lease }) => lease),
      choices.map(({ choice }) => choice.candidate.id),
      choices.map(({ item }) => item.session),
      choices.map(({ item }) => item.account),
      choices.map(({ item }) => item.address),
      choices.map(({ choice }) => choice.deliver),
      choices.map(({ choice }) => choice.leaseMs),
      now,
      // Of a bounded unit alone: others do not ask for it.
      choices.map(({ item, choice }) =>
        choice.candidate.kind === 'bounded' ? item.want.bounded : null,
      ),
    ],
  );
  const units = [...new Map(choices.map(({ choice: { candidate } }) => [candidate.id, candidate]))];
  await send(
    transaction,
    `update units set leased = granted.leased, wanted = granted.wanted,
       rate = coalesce(units.rate, $4::bigint + units.tip)
     from unnest($1::bigint[], $2::smallint[], $3::smallint[]) as granted (id, leased, wanted)
     where units.id = granted.id`,
    [
      units.map(([id]) => id),
      units.map(([, { leased }]) => leased),
      units.map(([, { wanted }]) => wanted),
      rate,
    ],
  );
  await send(
    transaction,
    'update batches set first_lease_at = $2 where id = any($1::text[]) and first_lease_at is null',
    [[...new Set(choices.flatMap(({ choice }) => choice.candidate.batch ?? []))], now],
  );
}
