// Who is no stranger to a unit's rows: who computed it, and who audits other rows of it. Three plain
// searches by index. As one statement of joins it was planned while the tables were empty, and read
// all leases: 87 µs a result where these take 6.
import { groupBy } from './group-by.ts';
import type { Transaction } from './transaction.ts';

export interface Party {
  account_id: string;
  address: string;
}

interface AuditedUnit {
  unit_id: number;
  audit_id: number;
}

/** @param units of batches @returns parties by unit, each with the audit that made it one, or null */
export async function loadParties(
  transaction: Transaction,
  units: readonly number[],
): Promise<Map<number, (Party & { audit: number | null })[]>> {
  const audited = await findAudits(transaction, units);
  const audits = [...new Set(audited.map(({ audit_id }) => audit_id))];
  const leases = await findHolders(transaction, [...units, ...audits]);
  const parties = new Map(
    units.map((unit) => [
      unit,
      (leases.get(unit) ?? []).map((party) => ({ ...party, audit: null as number | null })),
    ]),
  );
  for (const { unit_id, audit_id: audit } of audited) {
    const auditors = (leases.get(audit) ?? []).map((party) => ({ ...party, audit }));
    parties.get(unit_id)?.push(...auditors);
  }
  return parties;
}

function findAudits(transaction: Transaction, units: readonly number[]): Promise<AuditedUnit[]> {
  return transaction.query<AuditedUnit>(
    `select unit_id, audit_id from audit_rows
     where unit_id = any($1::bigint[]) and audit_id is not null`,
    [units],
  );
}

/** Whose lease on a unit is open or answered. */
async function findHolders(transaction: Transaction, units: readonly number[]) {
  const leases = await transaction.query<Party & { unit_id: number }>(
    `select unit_id, account_id, address from leases
     where unit_id = any($1::bigint[]) and state in (0, 1)`,
    [units],
  );
  return groupBy(leases, ({ unit_id }) => unit_id);
}

/** The units whose rows each audit asks for. */
export async function loadAuditedUnits(
  transaction: Transaction,
  audits: readonly number[],
): Promise<Map<number, number[]>> {
  const rows = await transaction.query<AuditedUnit>(
    'select unit_id, audit_id from audit_rows where audit_id = any($1::bigint[])',
    [audits],
  );
  const byAudit = groupBy(rows, ({ audit_id }) => audit_id);
  return new Map([...byAudit].map(([audit, own]) => [audit, own.map(({ unit_id }) => unit_id)]));
}
