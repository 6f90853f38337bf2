// Audit units in the making: rows that wait, gathered for an auditor who is a stranger to all of
// them (validator/compose-audit.ts), and put down as a unit once their inputs have been written.
import { limits } from '#protocol/limits.ts';
import { type Auditor, composeAudit, type WaitingRow } from '#validator/compose-audit.ts';
import { mayAudit } from '#validator/policy.ts';
import { makeDraw } from './draw.ts';
import { groupBy } from './group-by.ts';
import { modelHex } from './hex.ts';
import { loadParties, type Party } from './load-parties.ts';
import type { VerdictOptions } from './settlement.ts';
import type { Transaction } from './transaction.ts';
import type { Waits } from './waits.ts';

/** Waiting rows looked at in one search: the oldest. */
const waitingMax = 1_024;
/** Auditors looked at in one search. */
const auditorsMax = 256;

export interface ComposeInput extends VerdictOptions {
  waits: Waits;
  laboratory: boolean;
  /** Rows that could not be read just now. */
  except?: readonly number[];
}

/** A row of an audit in the making, with the payloads that hold its input and its output. */
export interface GatheredRow {
  id: number;
  unit: number;
  place: number;
  inputBlob: string;
  outputBlob: string;
}

type Owners = Map<string, string>;

interface GatheredAudit {
  model: Uint8Array;
  rows: GatheredRow[];
}

interface RowRow {
  id: number;
  unit_id: number;
  place: number;
  drawn_at: number;
  model: Uint8Array;
  project_id: string;
  access_id: string | null;
  length_class: number;
  input_blob: string;
  output_blob: string;
  by_choice: boolean;
  tail: boolean;
  payer: string | null;
  rate_cap: number | null;
  tip: number;
}

/** Audits that can be made now. Nothing is written yet. */
export async function gatherAudits(
  transaction: Transaction,
  input: ComposeInput,
): Promise<GatheredAudit[]> {
  const { now, rules, secret, waits, laboratory, except = [] } = input;
  if (!(await isWorthWhile(transaction, now - waits.auditWaitMs))) return [];
  const rows = await loadWaiting(transaction, except);
  const parties = await loadParties(transaction, [...new Set(rows.map(({ unit_id }) => unit_id))]);
  const live = await loadAuditors(transaction, input);
  const asked = await countAudits(transaction);
  const owners: Owners = new Map(
    live.flatMap(({ account_id, devices }) => devices.map((device) => [device, account_id])),
  );
  const draw = makeDraw(secret);
  // Of one payer and at one price: an audit is one result, paid once.
  const kindOf = ({ model, project_id, access_id, length_class, ...row }: RowRow) =>
    `${modelHex(model)} ${project_id} ${access_id} ${length_class} ${row.payer} ${row.rate_cap} ${row.tip}`;
  const groups = groupBy(rows, kindOf);
  const gathered: GatheredAudit[] = [];
  for (const group of groups.values()) {
    const [{ model, access_id, project_id, by_choice }] = group;
    const wanted = modelHex(model);
    const auditors = live.filter(
      (one) =>
        modelHex(one.model) === wanted &&
        mayAudit(one, rules) &&
        (one.project_id === null ? !by_choice : one.project_id === project_id) &&
        (access_id === null || one.lists.includes(access_id)),
    );
    const known = auditors.map(toAuditor);
    let waiting = group.map((row) => toWaiting(row, { parties, owners, now }));
    // As many as can be taken now: what waits unmade may still become the coordinator's own.
    for (let made = asked.get(project_id) ?? 0; made < auditors.length; made++) {
      const chosen = composeAudit(waiting, known, {
        rowsMax: limits.unitRowsMax,
        waitMs: waits.auditWaitMs,
        laboratory,
        draw: draw('auditor', waiting[0]?.id ?? 0),
      });
      if (chosen.length === 0) break;
      const taken = new Set(chosen.map(({ id }) => id));
      waiting = waiting.filter(({ id }) => !taken.has(id));
      // In no order that would tell whose rows they are.
      const shuffled = group
        .filter(({ id }) => taken.has(id))
        .map((row) => ({ row, key: draw('place', row.id) }))
        .sort((a, b) => a.key - b.key);
      gathered.push({ model, rows: shuffled.map(({ row }) => toGathered(row)) });
    }
  }
  return gathered;
}

/** A whole unit of rows waits, or an old one, or one at its batch's tail. Asked at every turn. */
async function isWorthWhile(transaction: Transaction, since: number): Promise<boolean> {
  const [{ count, oldest, tails }] = await transaction.query<{
    count: number;
    oldest: number | null;
    tails: boolean;
  }>(
    `select count(*)::int as count, min(drawn_at) as oldest,
       exists (select from batches where status in ('in_progress', 'cancelling') and rows_open > 0
         and units_done + units_held + units_withdrawn = units_total) as tails
     from (select drawn_at from audit_rows
       where state + 0 = 0 and not for_coordinator order by id limit $1) as waiting`,
    [limits.unitRowsMax],
  );
  if (count === 0 || oldest === null) return false;
  return count === limits.unitRowsMax || tails || Number(oldest) <= since;
}

function toGathered({ id, unit_id, place, input_blob, output_blob }: RowRow): GatheredRow {
  return { id, unit: unit_id, place, inputBlob: input_blob, outputBlob: output_blob };
}

/** @param owners wallets of the device accounts that are bound to them */
function toWaiting(
  row: RowRow,
  { parties, owners, now }: { parties: Map<number, Party[]>; owners: Owners; now: number },
): WaitingRow {
  const known = parties.get(row.unit_id) ?? [];
  return {
    id: row.id,
    unit: row.unit_id,
    accounts: known.map(({ account_id }) => owners.get(account_id) ?? account_id),
    addresses: known.map(({ address }) => address),
    // At a batch's tail no further row is worth waiting for.
    waitingMs: row.tail ? Number.POSITIVE_INFINITY : now - Number(row.drawn_at),
  };
}

const toAuditor = ({ account_id: account, address }: AuditorRow): Auditor => ({ account, address });

function loadWaiting(transaction: Transaction, except: readonly number[]): Promise<RowRow[]> {
  return transaction.query<RowRow>(
    `select audit_rows.id, unit_id, place, drawn_at, units.model, units.project_id,
       units.access_id, by_choice, length_class, input_blob, output_blob, batches.payer,
       batches.rate_cap, batches.tip,
       units_done + units_held + units_withdrawn = units_total as tail
     from audit_rows join units on units.id = unit_id join batches on batches.id = batch_id
     where audit_rows.state + 0 = 0 and not for_coordinator and not audit_rows.id = any($2::bigint[])
     order by audit_rows.id limit $1`,
    [waitingMax, except],
  );
}

/** Audits that nobody has leased yet, by project. */
async function countAudits(transaction: Transaction): Promise<Map<string, number>> {
  const rows = await transaction.query<{ project_id: string; count: number }>(
    `select project_id, count(*)::int as count from units
     where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 1 group by project_id`,
  );
  return new Map(rows.map(({ project_id, count }) => [project_id, count]));
}

interface AuditorRow {
  account_id: string;
  address: string;
  model: Uint8Array;
  run: number;
  held: number;
  confirmed: number;
  drawn: number;
  audits: number;
  lists: string[];
  /** Accounts bound to it. */
  devices: string[];
  /** What it chose; null: whatever is open. */
  project_id: string | null;
}

/**
 * Contributors that asked for work lately and may audit, with their records: those heard last, since a
 * thousand of them took 88 µs a result to read.
 */
function loadAuditors(
  transaction: Transaction,
  { now, rules, waits }: ComposeInput,
): Promise<AuditorRow[]> {
  return transaction.query<AuditorRow>(
    `select live.*,
       array(select id from access_members
         where access_members.account_id = live.account_id) as lists,
       array(select id from accounts as bound where bound.bound_to = live.account_id) as devices
     from (select sessions.id as session_id, sessions.account_id, address, project_id, records.model,
         run, held, confirmed, drawn, audits
       from sessions join accounts on accounts.id = sessions.account_id
         join records on records.account_id = sessions.account_id
           and records.backend = sessions.backend
       where last_wanted_at > $1 and expires_at > $2 and suspended_at is null and bound_to is null
         and (run >= $3::int or confirmed >= $4::int) and audits <= $5::float8 * drawn
       order by last_wanted_at desc limit $6) as live
     order by session_id`,
    [now - waits.liveMs, now, rules.runMin, rules.provenMin, rules.auditSlack, auditorsMax],
  );
}

export interface NewAudit {
  model: Uint8Array;
  digest: Uint8Array;
  inputBlob: string;
  cost: number;
  /** The root over the rows' digests. */
  expected: Uint8Array;
  /** In the unit's order. */
  rows: { id: number; digest: Uint8Array; cost: number }[];
}

/**
 * Puts audits down together, but for those of which a row has moved since it was gathered.
 * @returns how many
 */
export async function addAudits(
  transaction: Transaction,
  { audits, now }: { audits: readonly NewAudit[]; now: number },
): Promise<number> {
  const waiting = await transaction.query<{ id: number; unit_id: number }>(
    `select id, unit_id from audit_rows
     where id = any($1::bigint[]) and state + 0 = 0 and not for_coordinator`,
    [audits.flatMap(({ rows }) => rows.map(({ id }) => id))],
  );
  const unitOf = new Map(waiting.map(({ id, unit_id }) => [id, unit_id]));
  const whole = audits.filter(({ rows }) => rows.every(({ id }) => unitOf.has(id)));
  if (whole.length === 0) return 0;
  // In order: a sequence numbers what one statement inserts by its ordinality.
  const added = await transaction.query<{ id: number }>(
    `insert into units (kind, project_id, by_choice, level, access_id, length_class, digest, model,
       input_blob, row_count, cost, lines_alone, expected_digest, made_at, payer, rate_cap, tip)
     select 1, units.project_id, by_choice, level, units.access_id, length_class, made.digest,
       units.model, made.input_blob, made.row_count, made.cost, 0, expected, $7::bigint,
       batches.payer, batches.rate_cap, batches.tip
     from unnest($1::bigint[], $2::bytea[], $3::text[], $4::int[], $5::bigint[], $6::bytea[])
       with ordinality as made (unit_id, digest, input_blob, row_count, cost, expected, nth)
       join units on units.id = made.unit_id join batches on batches.id = units.batch_id
     order by nth returning id`,
    [
      whole.map(({ rows }) => unitOf.get(rows[0].id)),
      whole.map(({ digest }) => digest),
      whole.map(({ inputBlob }) => inputBlob),
      whole.map(({ rows }) => rows.length),
      whole.map(({ cost }) => cost),
      whole.map(({ expected }) => expected),
      now,
    ],
  );
  const ids = added.map(({ id }) => Number(id)).sort((a, b) => a - b);
  const placed = whole.flatMap(({ rows }, index) =>
    rows.map(({ id, digest, cost }, place) => ({ id, digest, cost, place, audit: ids[index] })),
  );
  await transaction.query(
    `update audit_rows set state = 1, audit_id = placed.audit, audit_place = placed.place,
       digest = placed.digest, cost = placed.cost
     from unnest($5::bigint[], $1::bigint[], $2::bytea[], $3::bigint[], $4::smallint[],
         $6::bigint[]) as placed (unit, id, digest, audit, place, cost)
     where audit_rows.unit_id = placed.unit and audit_rows.id = placed.id`,
    [
      placed.map(({ id }) => id),
      placed.map(({ digest }) => digest),
      placed.map(({ audit }) => audit),
      placed.map(({ place }) => place),
      placed.map(({ id }) => unitOf.get(id)),
      placed.map(({ cost }) => cost),
    ],
  );
  return whole.length;
}
