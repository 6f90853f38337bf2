// The coordinator's own share of the work: units whose results disagree or whose batch is over,
// audits whose rows do, rows that are its own to audit, and whatever no other contributor could
// take or has taken in time. It never begins a unit that no contributor has computed.

import { unitStates } from '#validator/states.ts';
import { settleUnits } from './settle.ts';
import type { ComputedRows } from './settle-audits.ts';
import type { ComparedUnit } from './settle-bounded.ts';
import { type Recomputed, unitKinds, type VerdictOptions } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { Waits } from './waits.ts';

/** What the coordinator should compute next. */
export type PartnerJob =
  | { kind: 'unit'; id: number; model: Uint8Array; inputBlob: string }
  | {
      kind: 'audit';
      id: number;
      model: Uint8Array;
      inputBlob: string;
      /** Of its auditor. */
      outputBlob: string;
      /** Expected digests by place; null where the unit was opened again. */
      expected: (Uint8Array | null)[];
    }
  | BoundedJob
  | { kind: 'rows'; model: Uint8Array; rows: PartnerRow[] };

/** Results of a bounded unit to be compared. */
export interface BoundedJob {
  kind: 'bounded';
  id: number;
  model: Uint8Array;
  inputBlob: string;
  /** The coordinator computes the unit too. */
  run: boolean;
  /** Results without a verdict, oldest first. */
  answers: { lease: string; outputBlob: string }[];
  /** Of a done unit: what it was done on. */
  settledBlob: string | null;
}

interface PartnerRow {
  id: number;
  unit: number;
  place: number;
  inputBlob: string;
  outputBlob: string;
}

/** Open units looked at in one search: the oldest wait the longest. */
const undecidedMax = 64;
/** Rows computed in one go. */
const rowsMax = 32;

export interface PartnerOptions {
  now: number;
  waits: Waits;
  laboratory: boolean;
  /** Jobs that it could not do just now, by `kind id`. */
  except: readonly string[];
}

/** Models of units that wait for a result. */
export async function findModelsWanted(transaction: Transaction): Promise<{ model: string }[]> {
  return transaction.query<{ model: string }>(
    `select distinct encode(units.model, 'hex') as model from units join batches
       on batches.id = batch_id where status = 'in_progress' and state in (0, 1)`,
  );
}

export const idsOf = (except: readonly string[], kind: string) =>
  except.flatMap((name) => (name.startsWith(`${kind} `) ? [Number(name.split(' ')[1])] : []));

/** The oldest thing that the coordinator should compute now. */
export async function findPartnerJob(
  transaction: Transaction,
  options: PartnerOptions,
): Promise<PartnerJob | null> {
  const disputed = await findDisputed(transaction, options);
  if (disputed) return disputed;
  const answered = await findAnswered(transaction, options);
  if (answered) return answered;
  const search = { ...options, few: await areFew(transaction, options) };
  return (await findLonely(transaction, search)) ?? (await findRows(transaction, search));
}

interface Search extends PartnerOptions {
  /** So few are there that a unit may have no stranger among them. */
  few: boolean;
}

/** Contributors there at once among whom somebody is always a stranger: a unit has few parties. */
const strangersSure = 8;

async function areFew(
  transaction: Transaction,
  { now, waits, laboratory }: PartnerOptions,
): Promise<boolean> {
  const [{ accounts, addresses }] = await transaction.query<{
    accounts: number;
    addresses: number;
  }>(
    `select count(distinct account_id)::int as accounts, count(distinct address)::int as addresses
     from sessions where last_wanted_at > $1 and expires_at > $2`,
    [now - waits.liveMs, now],
  );
  return accounts < strangersSure || (!laboratory && addresses < strangersSure);
}

interface UnitFound {
  id: number;
  kind: number;
  state: number;
  model: Uint8Array;
  input_blob: string;
}

const nameOf = (kind: (typeof unitKinds)[number]) => (kind === 'work' ? 'unit' : kind);

/** A whole unit of a batch. What is done already is not computed once more. */
async function toUnitJob(
  transaction: Transaction,
  unit: UnitFound,
  run = unitStates[unit.state] !== 'done',
): Promise<PartnerJob> {
  const { id, model, input_blob: inputBlob } = unit;
  if (unitKinds[unit.kind] === 'work') return { kind: 'unit', id, model, inputBlob };
  const answers = await transaction.query<{ lease: string; outputBlob: string }>(
    `select lease_id as lease, output_blob as "outputBlob" from results
     where unit_id = $1 and state = 0 order by received_at, lease_id`,
    [id],
  );
  const [{ settledBlob }] = await transaction.query<{ settledBlob: string | null }>(
    'select output_blob as "settledBlob" from units where id = $1',
    [id],
  );
  return { kind: 'bounded', id, model, inputBlob, run, answers, settledBlob };
}

/** A bounded unit with as many results as were wanted. */
async function findAnswered(
  transaction: Transaction,
  { except }: PartnerOptions,
): Promise<PartnerJob | null> {
  const [unit] = await transaction.query<UnitFound>(
    `select id, kind, state, model, input_blob from units
     where state + 0 = 0 and kind + 0 = 2 and answered + 0 > 0 and answered + 0 >= wanted
       and not id = any($1) order by id limit 1`,
    [idsOf(except, 'bounded')],
  );
  return unit ? toUnitJob(transaction, unit, false) : null;
}

async function findDisputed(
  transaction: Transaction,
  { except }: PartnerOptions,
): Promise<PartnerJob | null> {
  const [unit] = await transaction.query<UnitFound>(
    `select id, kind, state, model, input_blob from units
     where answered + 0 > 0 and state + 0 <> 0 and not id = any($1) order by id limit 1`,
    [unitKinds.flatMap((kind) => idsOf(except, nameOf(kind)))],
  );
  if (!unit) return null;
  if (unitKinds[unit.kind] !== 'audit') return toUnitJob(transaction, unit);
  const { id, model, input_blob: inputBlob } = unit;
  const [{ output_blob }] = await transaction.query<{ output_blob: string }>(
    `select output_blob from results where unit_id = $1 and state = 0
     order by received_at, lease_id limit 1`,
    [id],
  );
  const rows = await transaction.query<{ digest: Uint8Array | null }>(
    `select digest
     from generate_series(0, (select row_count from units where id = $1) - 1) as places (spot)
       left join audit_rows on audit_id = $1 and audit_place = spot and state in (1, 2)
     order by spot`,
    [id],
  );
  const expected = rows.map(({ digest }) => digest);
  return { kind: 'audit', id, model, inputBlob, outputBlob: output_blob, expected };
}

/** Whether a session's contributor has not chosen another project. */
const wouldTake = (units: string) => `(sessions.project_id = ${units}.project_id
  or sessions.project_id is null and not ${units}.by_choice)`;

/** Answered once, and nobody else is there, or nobody came in time. */
async function findLonely(
  transaction: Transaction,
  { now, waits, laboratory, except, few }: Search,
): Promise<PartnerJob | null> {
  const [lonely] = await transaction.query<UnitFound>(
    `select id, kind, state, model, input_blob
     from (select * from units where answered + 0 > 0 and state + 0 = 0
         and not id = any($6) order by id limit $5)
       as undecided
     where leased = 0 and (waiting_since <= $1
       or $7::boolean and not exists (select from sessions join accounts on accounts.id = account_id
         where last_wanted_at > $2 and expires_at > $3 and suspended_at is null
           and not exists (select from leases where unit_id = undecided.id
             and (leases.account_id = sessions.account_id
               or (not $4::boolean and leases.address = sessions.address)))
           and ${wouldTake('undecided')}))
     order by id limit 1`,
    [
      now - waits.partnerWaitMs,
      now - waits.liveMs,
      now,
      laboratory,
      undecidedMax,
      [...idsOf(except, 'unit'), ...idsOf(except, 'bounded')],
      few,
    ],
  );
  return lonely ? toUnitJob(transaction, lonely) : null;
}

interface RowFound {
  id: number;
  unit_id: number;
  place: number;
  model: Uint8Array;
  input_blob: string;
  output_blob: string;
}

/** Rows of one model: its own, those that waited too long, and those that nobody else could take. */
async function findRows(
  transaction: Transaction,
  { now, waits, laboratory, except, few }: Search,
): Promise<PartnerJob | null> {
  const found = await transaction.query<RowFound>(
    `select waiting.id, unit_id, place, units.model, input_blob, output_blob
     from ((select * from audit_rows where state + 0 = 0 and for_coordinator and not id = any($6)
           order by id limit $5)
         union
         (select * from audit_rows where state + 0 = 0 and not id = any($6)
           order by id limit $5)) as waiting
       join units on units.id = unit_id join batches on batches.id = batch_id
     where for_coordinator or drawn_at <= $8
       or drawn_at <= $1 and units_done + units_held + units_withdrawn = units_total
       or $7::boolean and not exists (select from sessions join accounts on accounts.id = account_id
         where last_wanted_at > $2 and expires_at > $3 and suspended_at is null
           and not exists (select from leases where unit_id = waiting.unit_id
             and leases.state in (0, 1) and (leases.account_id = sessions.account_id
               or (not $4::boolean and leases.address = sessions.address)))
           and ${wouldTake('units')})
     order by waiting.id`,
    [
      now - waits.partnerWaitMs,
      now - waits.liveMs,
      now,
      laboratory,
      undecidedMax,
      idsOf(except, 'row'),
      few,
      now - waits.auditorWaitMs,
    ],
  );
  if (found.length === 0) return null;
  const [{ model }] = found;
  const alike = found.filter((row) => Buffer.compare(row.model, model) === 0).slice(0, rowsMax);
  return {
    kind: 'rows',
    model,
    rows: alike.map(({ id, unit_id: unit, place, input_blob, output_blob }) => ({
      id,
      unit,
      place,
      inputBlob: input_blob,
      outputBlob: output_blob,
    })),
  };
}

/** Rules on a unit by the coordinator's own output. */
export async function settleByCoordinator(
  transaction: Transaction,
  { unit, digest, outputBlob, ...options }: Recomputed & VerdictOptions & { unit: number },
): Promise<void> {
  const recomputed = new Map([[unit, { digest, outputBlob }]]);
  await settleUnits(transaction, [unit], { ...options, recomputed });
}

/** Rules on a bounded unit by what its outputs say of one another. */
export async function settleCompared(
  transaction: Transaction,
  { unit, compared, ...options }: VerdictOptions & { unit: number; compared: ComparedUnit },
): Promise<void> {
  await settleUnits(transaction, [unit], { ...options, compared: new Map([[unit, compared]]) });
}

/** Rules on an audit by the coordinator's own digests of the rows in question. */
export async function settleAuditByCoordinator(
  transaction: Transaction,
  { unit, given, truths, ...options }: ComputedRows & VerdictOptions & { unit: number },
): Promise<void> {
  const computedRows = new Map([[unit, { given, truths }]]);
  await settleUnits(transaction, [unit], { ...options, computedRows });
}
