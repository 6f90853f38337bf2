// A receipt as it is asked for by its id, with its place in the log.
import type { Receipt } from '#protocol/receipt.ts';
import type { Transaction } from './transaction.ts';

export interface KeptReceipt extends Omit<Receipt, 'signature'> {
  /** Its batch is: the receipt is its own leaf, and anyone may read it. */
  open: boolean;
  /** Of the leaf's commitment; null where there is none. */
  salt: Uint8Array | null;
  project: string;
  /** Known to the contributor, who was given it, and to whoever holds the receipt. */
  lease: string;
  /** Blob of the unit's encoded input. */
  input: string;
  /** Null while it waits for the sequencer, and in receipts older than the log. */
  leaf: number | null;
  isLogged: boolean;
}

export async function findReceipt(
  transaction: Transaction,
  { id }: { id: string },
): Promise<KeptReceipt | null> {
  const [receipt] = await transaction.query<KeptReceipt>(
    `select receipts.id, payload, salt, receipts.project_id as project,
       lease_id as lease, input_blob as input, first_leaf + receipts.ordinal as leaf,
       leaf_hash is not null as "isLogged", leaf_hash is not null and salt is null as open
     from receipts join units on units.id = unit_id
       left join log_groups on log_groups.transfer_id = receipts.transfer_id
     where receipts.id = $1`,
    [id],
  );
  if (!receipt) return null;
  return { ...receipt, leaf: receipt.leaf === null ? null : Number(receipt.leaf) };
}
