// Receipts as their owners ask for them.
import type { Receipt } from '#protocol/receipt.ts';
import type { OwnedId } from './file-operations.ts';
import type { Transaction } from './transaction.ts';

export async function findReceipt(
  transaction: Transaction,
  { project, id }: OwnedId,
): Promise<Receipt | null> {
  const [receipt] = await transaction.query<Receipt>(
    'select id, payload, signature from receipts where id = $1 and project_id = $2',
    [id, project],
  );
  return receipt ?? null;
}
