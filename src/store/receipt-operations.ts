// A receipt as it is asked for by its id, with its place in the log.
import type { Receipt } from '#protocol/receipt.ts';
import type { Transaction } from './transaction.ts';

export interface KeptReceipt extends Receipt {
  /** Null where the batch is open: the receipt is its own leaf, and anyone may read it. */
  salt: Uint8Array | null;
  project: string;
  /** Known to the contributor, who was given it, and to whoever holds the receipt. */
  lease: string;
  /** Blob of the unit's encoded input. */
  input: string;
  /** Null while it waits for the sequencer. */
  leaf: number | null;
}

export async function findReceipt(
  transaction: Transaction,
  { id }: { id: string },
): Promise<KeptReceipt | null> {
  const [receipt] = await transaction.query<KeptReceipt>(
    `select receipts.id, payload, signature, salt, receipts.project_id as project,
       lease_id as lease, input_blob as input, first_leaf + receipts.ordinal as leaf
     from receipts join units on units.id = unit_id
       left join log_groups on log_groups.transfer_id = receipts.transfer_id
     where receipts.id = $1`,
    [id],
  );
  if (!receipt) return null;
  return { ...receipt, leaf: receipt.leaf === null ? null : Number(receipt.leaf) };
}
