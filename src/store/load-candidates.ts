// Units that may be leased now, loaded once for all calls of a commit, with everybody who is no
// stranger to them.
import { levels } from '#validator/policy.ts';
import type { Candidate, Participant } from './choose-leases.ts';
import { modelHex } from './hex.ts';
import { loadAuditedUnits, loadParties } from './load-parties.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

/** Half-done units looked at in one commit beyond those wanted: many may be the asker's own. */
const partialSlack = 64;
/** Audits looked at in one commit. */
const auditsMax = 64;
/** Units of each kind looked at in one commit: 64 calls that want 8 each. */
const candidatesMax = 512;

interface CandidateRow {
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
}

const columns = `units.id, kind, level, access_id, batch_id, projects.name as project, project_id,
  by_choice, digest, units.model, row_count, cost, input_blob, wanted, leased, answered,
  waiting_since`;

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
  most(wanted: number): number;
}

const untouched = 'state + 0 = 0 and wanted + 0 = 0';
/**
 * Half-done units first: they are the older ones, and their contributors wait for a verdict. Then
 * audits, for the same reason.
 */
const stages: readonly Stage[] = [
  {
    condition: 'state + 0 = 0 and wanted + 0 > leased + answered and kind + 0 < 2',
    number: 1,
    most: (wanted) => Math.min(wanted + partialSlack, candidatesMax),
  },
  { condition: `${untouched} and kind + 0 = 1`, number: 2, most: () => auditsMax },
  {
    condition: `${untouched} and kind + 0 = 0`,
    number: 0,
    most: (wanted) => Math.min(wanted, candidatesMax),
  },
];

const boundedStage: Stage = {
  condition: 'state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered and kind + 0 = 2',
  number: 3,
  most: (wanted) => Math.min(wanted + partialSlack, candidatesMax),
};

/** Before units never leased: fewer can take them. */
const withBounded: readonly Stage[] = [...stages.slice(0, 2), boundedStage, ...stages.slice(2)];

type Find = (stage: Stage) => Promise<CandidateRow[]>;

/** For those who chose no project: the oldest of all that are open. */
function findAny(transaction: Transaction, lists: string[], wanted: number): Find {
  return ({ condition, most }) =>
    transaction.query<CandidateRow>(
      `select ${columns} from units join projects on projects.id = project_id
       where ${condition} and not by_choice
         and (access_id is null or access_id = any($1::text[]))
       order by units.id limit $2`,
      [lists, most(wanted)],
    );
}

/** The oldest of each project that was chosen, by an index of its own: others' are not looked at. */
function findChosen(
  transaction: Transaction,
  lists: string[],
  chosen: readonly { project: string; wanted: number }[],
): Find {
  return ({ number, most }) =>
    transaction.query<CandidateRow>(
      `select ${columns}
       from unnest($2::text[], $3::int[]) as chosen (project, most)
         cross join lateral (select * from units as own
           where own.project_id = chosen.project
             and (case when kind + 0 = 2 then 3 when wanted + 0 > 0 then 1
               when kind + 0 = 1 then 2 else 0 end) = ${number}
             and state + 0 = 0 and greatest(wanted + 0, 1) > leased + answered
             and (access_id is null or access_id = any($1::text[]))
           order by own.id limit chosen.most) as units
         join projects on projects.id = project_id
       order by units.id`,
      [lists, chosen.map(({ project }) => project), chosen.map(({ wanted }) => most(wanted))],
    );
}

/** A unit that two searches found is one candidate. */
function unite(found: readonly CandidateRow[][]): CandidateRow[] {
  if (found.length === 1) return found[0];
  const rows = new Map(found.flat().map((row) => [row.id, row]));
  return [...rows.values()].sort((a, b) => a.id - b.id);
}

export interface CandidateSearch {
  /** Units wanted in all, by the project that was chosen; null: any that is open. */
  wanted: ReadonlyMap<string | null, number>;
  lists: Map<string, Set<string>>;
  /** Somebody who asks computes bounded units. */
  bounded: boolean;
  /** A bounded unit that has waited since then is no longer kept for one adapter class. */
  classBefore: number;
}

export async function loadCandidates(
  transaction: Transaction,
  { wanted, lists, bounded, classBefore }: CandidateSearch,
): Promise<Candidate[]> {
  const known = [...new Set([...lists.values()].flatMap((ids) => [...ids]))];
  const any = wanted.get(null) ?? 0;
  // Those who chose none may take as many of a project's oldest.
  const chosen = [...wanted].flatMap(([project, units]) =>
    project === null || units === 0 ? [] : [{ project, wanted: units + any }],
  );
  const finds: Find[] = [];
  if (any > 0) finds.push(findAny(transaction, known, any));
  if (chosen.length > 0) finds.push(findChosen(transaction, known, chosen));
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
    anyClass: row.waiting_since !== null && Number(row.waiting_since) <= classBefore,
    participants: participants.get(row.id) ?? [],
  }));
}

interface ParticipantRow {
  unit_id: number;
  account_id: string;
  address: string | null;
  deliver: 'output' | 'digest' | null;
  active: boolean;
  adapter_class: string | null;
}

async function loadParticipants(
  transaction: Transaction,
  rows: CandidateRow[],
): Promise<Map<number, Participant[]>> {
  const participants = new Map<number, Participant[]>();
  // Units that nobody has leased yet are most of them, and have none.
  const leased = rows.filter(({ kind, wanted }) => kind > 0 || wanted > 0);
  if (leased.length === 0) return participants;
  const found = await transaction.query<ParticipantRow>(
    // What was voided or delivered before the unit was opened again brings no output any more.
    `select leases.unit_id, leases.account_id, address, leases.state <= 1 as active, adapter_class,
       case when leases.state = 0 then deliver when output_blob is not null then 'output' end
         as deliver
     from leases
       left join results on results.lease_id = leases.id and results.state in (0, 3)
     where leases.unit_id = any($1::bigint[]) and leases.state in (0, 1)
       or leases.unit_id = any($1::bigint[]) and leases.state > 1
         and (leases.state = 5 or leases.state = 2 and leases.reason <> 'stopped')`,
    [leased.map(({ id }) => id)],
  );
  const audits = rows.filter(({ kind }) => kind === 1).map(({ id }) => id);
  const strangers = await loadNoStrangers(transaction, audits);
  for (const row of [...found, ...strangers]) {
    const { account_id: account, address, deliver, active, adapter_class: adapterClass } = row;
    const list = participants.get(row.unit_id) ?? [];
    list.push({ account, address, deliver, active, adapterClass });
    participants.set(row.unit_id, list);
  }
  return participants;
}

/** Who computed the rows of an audit, or audits other rows of the same units. */
async function loadNoStrangers(
  transaction: Transaction,
  audits: number[],
): Promise<ParticipantRow[]> {
  if (audits.length === 0) return [];
  const unitsOf = await loadAuditedUnits(transaction, audits);
  const parties = await loadParties(transaction, [...new Set([...unitsOf.values()].flat())]);
  return [...unitsOf].flatMap(([audit, units]) => {
    const all = units.flatMap((unit) => parties.get(unit) ?? []);
    const others = all.filter((party) => party.audit !== audit);
    // Once for each account and address, as a unit has them.
    const distinct = new Map(others.map((one) => [`${one.account_id} ${one.address}`, one]));
    return [...distinct.values()].map(({ account_id, address }) => ({
      unit_id: audit,
      account_id,
      address,
      deliver: null,
      active: true,
      adapter_class: null,
    }));
  });
}
