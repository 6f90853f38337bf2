// Everybody who is no stranger to a unit that may be leased: who computes it, who gave it back, and of an
// audit who is a party to its rows.
import type { Participant } from './choose-leases.ts';
import { loadAuditedUnits, loadParties } from './load-parties.ts';
import type { Transaction } from './transaction.ts';

interface LeasableRow {
  id: number;
  kind: number;
  wanted: number;
}

interface ParticipantRow {
  unit_id: number;
  account_id: string;
  address: string | null;
  deliver: 'output' | 'digest' | null;
  active: boolean;
  adapter_class: string | null;
}

export async function loadParticipants(
  transaction: Transaction,
  rows: readonly LeasableRow[],
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
