// Units that may be leased now, loaded once for all calls of a commit, with everybody who is no
// stranger to them.
import { toHex } from '#protocol/bytes.ts';
import { levels } from '#validator/policy.ts';
import type { Candidate, Participant } from './choose-leases.ts';
import { loadAuditedUnits, loadParties } from './load-parties.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

/** Half-done units looked at in one commit beyond those wanted: many may be the asker's own. */
const partialSlack = 64;
/** Audits looked at in one commit. */
const auditsMax = 64;
/** Units of each kind looked at in one commit. */
const candidatesMax = 256;

interface CandidateRow {
  id: number;
  kind: number;
  level: number;
  access_id: string | null;
  batch_id: string | null;
  project: string;
  digest: Uint8Array;
  model: Uint8Array;
  row_count: number;
  cost: number;
  input_blob: string;
  wanted: number;
  leased: number;
  answered: number;
}

const columns = `units.id, kind, level, access_id, batch_id, projects.name as project, digest,
  units.model, row_count, cost, input_blob, wanted, leased, answered`;

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
 * Half-done units first: they are the older ones, and their contributors wait for a verdict. Then
 * audits, for the same reason.
 */
export async function loadCandidates(
  transaction: Transaction,
  wanted: number,
  lists: Map<string, Set<string>>,
): Promise<Candidate[]> {
  const open = [...new Set([...lists.values()].flatMap((ids) => [...ids]))];
  const find = (condition: string, rowsMax: number) =>
    transaction.query<CandidateRow>(
      `select ${columns} from units join projects on projects.id = project_id
       where ${condition} and (access_id is null or access_id = any($1::text[]))
       order by units.id limit $2`,
      [open, rowsMax],
    );
  const found = await Promise.all([
    find(
      'state + 0 = 0 and wanted + 0 > leased + answered',
      Math.min(wanted + partialSlack, candidatesMax),
    ),
    find('state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 1', auditsMax),
    find('state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 0', Math.min(wanted, candidatesMax)),
  ]);
  const rows = found.flat();
  const participants = await loadParticipants(transaction, rows);
  return rows.map((row) => ({
    id: row.id,
    kind: unitKinds[row.kind],
    level: levels[row.level],
    access: row.access_id,
    batch: row.batch_id,
    project: row.project,
    digest: row.digest,
    model: row.model,
    modelHex: toHex(row.model),
    rows: row.row_count,
    cost: Number(row.cost),
    inputBlob: row.input_blob,
    wanted: row.wanted,
    leased: row.leased,
    answered: row.answered,
    participants: participants.get(row.id) ?? [],
  }));
}

interface ParticipantRow {
  unit_id: number;
  account_id: string;
  address: string | null;
  deliver: 'output' | 'digest' | null;
  active: boolean;
}

async function loadParticipants(
  transaction: Transaction,
  rows: CandidateRow[],
): Promise<Map<number, Participant[]>> {
  const participants = new Map<number, Participant[]>();
  // Units that nobody has leased yet are most of them, and have none.
  const leased = rows.filter(({ kind, wanted }) => kind === 1 || wanted > 0);
  if (leased.length === 0) return participants;
  const found = await transaction.query<ParticipantRow>(
    // What was voided or delivered before the unit was opened again brings no output any more.
    `select leases.unit_id, leases.account_id, address, leases.state <= 1 as active,
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
  for (const { unit_id, account_id: account, address, deliver, active } of [
    ...found,
    ...strangers,
  ]) {
    const list = participants.get(unit_id) ?? [];
    list.push({ account, address, deliver, active });
    participants.set(unit_id, list);
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
    }));
  });
}
