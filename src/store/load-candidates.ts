// Units that may be leased now, loaded once for all calls of a commit, with everybody who is no
// stranger to them (load-participants.ts).
import { randomInt } from 'node:crypto';
import { chooseOrder, oldestEvery } from '#ledger/order-units.ts';
import { levels } from '#validator/policy.ts';
import type { Candidate } from './choose-leases.ts';
import { modelHex } from './hex.ts';
import { loadParticipants } from './load-participants.ts';
import { loadPriced, unpriced } from './load-priced.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

/** Half-done units looked at in one commit beyond those wanted: many may be the asker's own. */
const partialSlack = 64;
/** Audits looked at in one commit. */
const auditsMax = 64;
/** Units of each kind looked at in one commit: 64 calls that want 8 each. */
const candidatesMax = 512;

export interface CandidateRow {
  id: number;
  kind: number;
  level: number;
  access_id: string | null;
  batch_id: string | null;
  project: string;
  project_id: string;
  by_choice: boolean;
  digest: Uint8Array;
  model: Uint8Array;
  row_count: number;
  cost: number;
  input_blob: string;
  wanted: number;
  leased: number;
  answered: number;
  waiting_since: number | null;
  rate: number | null;
  tip: number;
}

const columns = `units.id, kind, level, access_id, batch_id, projects.name as project, project_id,
  by_choice, digest, units.model, row_count, cost, input_blob, wanted, leased, answered,
  waiting_since, units.rate, units.tip`;

/** Lists of accounts, by the account that is on them. */
export async function loadLists(
  transaction: Transaction,
  accounts: readonly string[],
): Promise<Map<string, Set<string>>> {
  const lists = new Map<string, Set<string>>();
  if (accounts.length === 0) return lists;
  const rows = await transaction.query<{ id: string; account_id: string }>(
    'select id, account_id from access_members where account_id = any($1::text[])',
    [accounts],
  );
  for (const { id, account_id } of rows) {
    lists.set(account_id, (lists.get(account_id) ?? new Set()).add(id));
  }
  return lists;
}

/**
 * A search, by how far a unit is: half done, an audit never leased, a unit never leased; bounded
 * units, which not everybody can compute, apart.
 */
interface Stage {
  condition: string;
  /** In the index of a project's units. */
  number: number;
  /** Of units never leased that the priced among them are searched for: their kind. */
  priced: number | null;
  most(wanted: number): number;
}

const untouched = 'state + 0 = 0 and wanted + 0 = 0';
/** Priced units never leased are found apart (load-priced.ts); audits are few. */
const near = `(wanted + 0 > 0 or kind + 0 = 1 or ${unpriced})`;
/** What was leased before keeps its rate. */
const borne = (rate: string) =>
  `(wanted + 0 > 0 or rate_cap is null or rate_cap - tip >= ${rate}::bigint)`;
/**
 * Half-done units first: they are the older ones, and their contributors wait for a verdict. Then
 * audits, for the same reason.
 */
const stages: readonly Stage[] = [
  {
    condition: 'state + 0 = 0 and wanted + 0 > leased + answered and kind + 0 < 2',
    number: 1,
    priced: null,
    most: (wanted) => Math.min(wanted + partialSlack, candidatesMax),
  },
  {
    condition: `${untouched} and kind + 0 = 1`,
    number: 2,
    priced: null,
    most: () => auditsMax,
  },
  {
    condition: `${untouched} and kind + 0 = 0 and ${unpriced}`,
    number: 0,
    priced: unitKinds.indexOf('work'),
    most: (wanted) => Math.min(wanted, candidatesMax),
  },
];

const boundedStage: Stage = {
  condition: `state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered and kind + 0 = 2
    and (wanted + 0 > 0 or ${unpriced})`,
  number: 3,
  priced: unitKinds.indexOf('bounded'),
  most: (wanted) => Math.min(wanted + partialSlack, candidatesMax),
};

/** Before units never leased: fewer can take them. */
const withBounded: readonly Stage[] = [...stages.slice(0, 2), boundedStage, ...stages.slice(2)];

type Find = (stage: Stage) => Promise<CandidateRow[]>;

interface FindInput {
  lists: string[];
  /** Credits for 10^9 multiply-adds, now. */
  rate: number;
}

/** For those who chose no project: the oldest of all that are open. */
function findAny(transaction: Transaction, { lists, rate }: FindInput, wanted: number): Find[] {
  return [
    ({ condition, most }) =>
      transaction.query<CandidateRow>(
        `select ${columns} from units join projects on projects.id = project_id
         where ${condition} and not by_choice
           and (access_id is null or access_id = any($1::text[])) and ${borne('$3')}
         order by units.id limit $2`,
        [lists, most(wanted), rate],
      ),
    async ({ priced: kind, most }) =>
      kind === null
        ? []
        : loadPriced(transaction, {
            ...{ kind, lists, rate, columns },
            projects: null,
            most: most(wanted),
          }),
  ];
}

interface Chosen {
  project: string;
  wanted: number;
}

/** The oldest of each project that was chosen, by an index of its own: others' are not looked at. */
function findChosen(
  transaction: Transaction,
  { lists, rate }: FindInput,
  chosen: readonly Chosen[],
): Find[] {
  const projects = chosen.map(({ project }) => project);
  return [
    ({ number, most }) =>
      transaction.query<CandidateRow>(
        `select ${columns}
         from unnest($2::text[], $3::int[]) as chosen (project, most)
           cross join lateral (select * from units as own
             where own.project_id = chosen.project
               and (case when kind + 0 = 2 then 3 when wanted + 0 > 0 then 1
                 when kind + 0 = 1 then 2 else 0 end) = ${number}
               and state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered and ${near}
               and (access_id is null or access_id = any($1::text[])) and ${borne('$4')}
             order by own.id limit chosen.most) as units
           join projects on projects.id = project_id
         order by units.id`,
        [lists, projects, chosen.map(({ wanted }) => most(wanted)), rate],
      ),
    async ({ priced: kind, most }) =>
      kind === null
        ? []
        : loadPriced(transaction, {
            ...{ kind, lists, rate, columns, projects },
            most: Math.max(...chosen.map(({ wanted }) => most(wanted))),
          }),
  ];
}

/**
 * A unit that two searches found is one candidate. Oldest first, but among units never leased those with
 * the highest tips, one in eight by age. Each search begins at a place of that order by chance, so that no
 * rhythm of calls passes the oldest by.
 */
function unite(found: readonly CandidateRow[][]): CandidateRow[] {
  const some = found.filter((rows) => rows.length > 0);
  const rows =
    some.length <= 1
      ? (some[0] ?? [])
      : [...new Map(some.flat().map((row) => [row.id, row])).values()].sort((a, b) => a.id - b.id);
  if (!rows.some(isFirst)) return rows;
  const waiting = rows
    .filter(({ wanted }) => wanted === 0)
    .map((row) => ({ row, id: row.id, tip: Number(row.tip) }));
  const order = chooseOrder(waiting, randomInt(oldestEvery), waiting.length);
  return [...rows.filter(({ wanted }) => wanted > 0), ...order.map(({ row }) => row)];
}

/** It pays for being leased before others. */
const isFirst = ({ tip, wanted }: CandidateRow) => wanted === 0 && Number(tip) > 0;

export interface CandidateSearch {
  /** Units wanted in all, by the project that was chosen; null: any that is open. */
  wanted: ReadonlyMap<string | null, number>;
  lists: Map<string, Set<string>>;
  /** Somebody who asks computes bounded units. */
  bounded: boolean;
  /** A bounded unit that has waited since then is no longer kept for one adapter class. */
  classBefore: number;
  /** Credits for 10^9 multiply-adds, now: units that would cost more than their cap are left. */
  rate: number;
}

export async function loadCandidates(
  transaction: Transaction,
  { wanted, lists, bounded, classBefore, rate }: CandidateSearch,
): Promise<Candidate[]> {
  const known = [...new Set([...lists.values()].flatMap((ids) => [...ids]))];
  const any = wanted.get(null) ?? 0;
  // Those who chose none may take as many of a project's oldest.
  const chosen = [...wanted].flatMap(([project, units]) =>
    project === null || units === 0 ? [] : [{ project, wanted: units + any }],
  );
  const input = { lists: known, rate };
  const finds: Find[] = [];
  if (any > 0) finds.push(...findAny(transaction, input, any));
  if (chosen.length > 0) finds.push(...findChosen(transaction, input, chosen));
  if (finds.length === 0) return [];
  const found = await Promise.all(
    (bounded ? withBounded : stages).map(async (stage) =>
      unite(await Promise.all(finds.map((find) => find(stage)))),
    ),
  );
  const rows = found.flat();
  const participants = await loadParticipants(transaction, rows);
  return rows.map((row) => ({
    id: row.id,
    kind: unitKinds[row.kind],
    level: levels[row.level],
    access: row.access_id,
    batch: row.batch_id,
    project: row.project,
    projectId: row.project_id,
    byChoice: row.by_choice,
    digest: row.digest,
    model: row.model,
    modelHex: modelHex(row.model),
    rows: row.row_count,
    cost: Number(row.cost),
    inputBlob: row.input_blob,
    wanted: row.wanted,
    leased: row.leased,
    answered: row.answered,
    rate: row.rate === null ? null : Number(row.rate),
    tip: Number(row.tip),
    anyClass: row.waiting_since !== null && Number(row.waiting_since) <= classBefore,
    participants: participants.get(row.id) ?? [],
  }));
}
