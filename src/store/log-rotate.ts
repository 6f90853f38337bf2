// The log's key changes hands: the statement that both keys signed becomes a leaf, and the head
// names the new key, in one transaction. Only the tree that the statement names may be changed so.
import { equalBytes } from '#protocol/bytes.ts';
import { rotationEntry } from '#protocol/log-entry.ts';
import { leafHash } from '#protocol/merkle.ts';
import { growTree, type HeadRow } from './log-append.ts';
import type { Transaction } from './transaction.ts';

export interface KeyChange {
  /** The tree that the statement names: signed by the old key, published, and still the newest. */
  size: number;
  oldKey: Uint8Array;
  newKey: Uint8Array;
  /** The signed statement (log-rotation.ts). */
  note: Uint8Array;
}

/** @returns false where the log has moved on: make another statement */
export async function rotateLogKey(
  transaction: Transaction,
  { size, oldKey, newKey, note }: KeyChange,
): Promise<boolean> {
  const [head] = await transaction.query<HeadRow>('select * from log_head for update');
  const still = Number(head.size) === size && Number(head.signed_size) === size;
  if (!still || !head.checkpoint || !equalBytes(head.public_key, oldKey)) return false;
  const entry = rotationEntry(note);
  await transaction.query(
    'insert into log_groups (first_leaf, leaf_count, entry) values ($1, 1, $2)',
    [size, entry],
  );
  await growTree(transaction, head, [leafHash(entry)]);
  await transaction.query('update log_head set public_key = $1', [newKey]);
  return true;
}
