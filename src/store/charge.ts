// Who pays for a result that is accepted, and what each batch has paid so far. A batch that has set
// credit aside pays no more than that: what comes after is the coordinator's.
import { shareAudit } from '#ledger/batch-reserve.ts';
import { coveredAccount } from '#ledger/payers.ts';
import { recalledAccount, spentAccount } from '#ledger/postings.ts';
import { firstRate } from '#protocol/price.ts';
import type { Purse, UnitRow } from './settlement.ts';
import type { Transaction } from './transaction.ts';

type Paid = Pick<UnitRow, 'project_id' | 'batch_id' | 'payer' | 'recalled' | 'purse' | 'shares'>;

export interface Charge {
  payer: string;
  /** What each batch is charged with, by its id. */
  bearers: readonly { batch: string; credit: number }[];
}

interface PurseRow {
  id: string;
  payer: string | null;
  reserved: number | null;
  spent: number;
}

export const purseColumns = 'payer, reserved, spent';

/** What a transaction has charged already is in the purse that it holds, and not in the row yet. */
export function openPurse(transaction: Transaction, { id, ...row }: PurseRow): Purse {
  transaction.purses ??= new Map();
  const { purses } = transaction;
  const purse = purses.get(id) ?? {
    payer: row.payer,
    reserved: row.reserved === null ? null : Number(row.reserved),
    spent: Number(row.spent),
  };
  purses.set(id, purse);
  return purse;
}

export async function openPurses(
  transaction: Transaction,
  batches: readonly string[],
): Promise<Map<string, Purse>> {
  const known = transaction.purses;
  const missing = [...new Set(batches)].filter((id) => !known?.has(id));
  if (missing.length > 0) {
    const rows = await transaction.query<PurseRow>(
      `select id, ${purseColumns} from batches where id = any($1::text[])`,
      [missing],
    );
    for (const row of rows) openPurse(transaction, row);
  }
  return transaction.purses ?? new Map();
}

export const rateOfUnit = ({ rate }: Pick<UnitRow, 'rate'>): number => Number(rate ?? firstRate);

/** Of a result that is worth nothing, or would be the payer's. */
export function payerOf(unit: Paid): string {
  if (unit.recalled) return recalledAccount;
  return unit.payer ?? unit.purse?.payer ?? spentAccount(unit.project_id);
}

/** Charges a result of a unit to whoever pays for it. */
export function charge(unit: Paid, { price, rate }: { price: number; rate: number }): Charge {
  const payer = payerOf(unit);
  if (unit.recalled) return { payer, bearers: [] };
  if (unit.batch_id === null) return chargeAudit(unit, { payer, rate, price });
  const { purse, batch_id: batch } = unit;
  if (purse && !hasRoom(purse, price)) return { payer: coveredAccount, bearers: [] };
  if (purse) purse.spent += price;
  return { payer, bearers: [{ batch, credit: price }] };
}

function hasRoom({ reserved, spent }: Purse, price: number): boolean {
  return reserved === null || spent + price <= reserved;
}

/** One receipt has one payer: where one of the batches cannot bear its share, none does. */
function chargeAudit(
  { payer: bound, shares = [] }: Paid,
  { payer, rate, price }: { payer: string; rate: number; price: number },
): Charge {
  const parts = shareAudit(
    shares.map(({ cost }) => cost),
    rate,
  );
  const whole = parts.reduce((sum, part) => sum + part, 0) === price;
  const owed = new Map<Purse | null, number>();
  for (const [place, { purse }] of shares.entries()) {
    owed.set(purse, (owed.get(purse) ?? 0) + parts[place]);
  }
  const bears = [...owed].every(([purse, part]) => purse === null || hasRoom(purse, part));
  if (bound !== null && !(whole && bears)) return { payer: coveredAccount, bearers: [] };
  for (const [purse, part] of owed) if (purse) purse.spent += part;
  const bearers = shares.map(({ batch }, place) => ({ batch, credit: parts[place] }));
  return { payer, bearers };
}
