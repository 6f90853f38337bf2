// What anyone may read of the log beside its tiles: the checkpoint, entries, the postings of each
// group, and where a receipt lies. All within the tree that was signed and published last.
import { openEntry, sealedEntry } from '#protocol/log-entry.ts';
import type { LogGroup } from '#protocol/log-group.ts';
import type { Transaction } from './transaction.ts';

export interface SignedHead {
  size: number;
  /** The signed note. */
  checkpoint: Uint8Array;
}

/** The newest, cosigned if it is already. @returns null before the first signature */
export async function readCheckpoint(transaction: Transaction): Promise<SignedHead | null> {
  const [head] = await transaction.query<SignedHead>(
    `select signed_size as size,
       case when cosigned_size = signed_size then coalesce(cosigned, checkpoint)
         else checkpoint end as checkpoint
     from log_head where checkpoint is not null`,
  );
  return head ? { size: Number(head.size), checkpoint: new Uint8Array(head.checkpoint) } : null;
}

/** The newest that witnesses cosigned. @returns null where there is none */
export async function readCosigned(transaction: Transaction): Promise<SignedHead | null> {
  const [head] = await transaction.query<SignedHead>(
    'select cosigned_size as size, cosigned as checkpoint from log_head where cosigned is not null',
  );
  return head ? { size: Number(head.size), checkpoint: new Uint8Array(head.checkpoint) } : null;
}

export interface LeafRow {
  leaf: number;
  /** Of the log's own entries; else a receipt's payload and, where its batch is private, salt. */
  entry: Uint8Array | null;
  payload: Uint8Array | null;
  salt: Uint8Array | null;
}

/** The leaf of a receipt: itself in an open batch, a commitment in a private one. */
export function toEntry({ payload, salt }: { payload: Uint8Array; salt: Uint8Array | null }) {
  return salt === null ? openEntry(payload) : sealedEntry(payload, new Uint8Array(salt));
}

export interface LeafRange {
  start: number;
  end: number;
}

/**
 * Leaves `start` to `end`, without those whose rows are gone.
 * @returns null where the signed tree ends before `end`
 */
export async function readLeaves(
  transaction: Transaction,
  { start, end }: LeafRange,
): Promise<LeafRow[] | null> {
  const head = await readCheckpoint(transaction);
  if (!head || end > head.size) return null;
  const rows = await transaction.query<LeafRow>(
    `select first_leaf + coalesce(ordinal, 0) as leaf, entry, payload, salt
     from log_groups left join receipts on receipts.transfer_id = log_groups.transfer_id
       and ordinal >= $1 - first_leaf and ordinal < $2 - first_leaf
     where first_leaf < $2
       and first_leaf >= (select max(first_leaf) from log_groups where first_leaf <= $1)
       and (payload is not null or entry is not null)
     order by leaf`,
    [start, end],
  );
  return rows.map((row) => ({ ...row, leaf: Number(row.leaf) }));
}

/** The groups that begin at leaves `start` to `end`. @returns null where the signed tree ends before */
export async function readLogGroups(
  transaction: Transaction,
  { start, end }: LeafRange,
): Promise<LogGroup[] | null> {
  const head = await readCheckpoint(transaction);
  if (!head || end > head.size) return null;
  const rows = await transaction.query<{
    first: number;
    count: number;
    account: string | null;
    amount: number;
  }>(
    `select first_leaf as first, leaf_count as count, account, amount
     from log_groups left join postings on postings.transfer_id = log_groups.transfer_id
     where first_leaf >= $1 and first_leaf < $2 order by first_leaf, account`,
    [start, end],
  );
  const groups = new Map<number, LogGroup>();
  for (const { first, count, account, amount } of rows) {
    const group = groups.get(Number(first)) ?? { first: Number(first), count, postings: [] };
    if (account !== null) group.postings.push({ account, amount: Number(amount) });
    groups.set(group.first, group);
  }
  return [...groups.values()];
}

/** The notes of all changes of the log's key, oldest first: its own entries are nothing else. */
export async function readRotations(transaction: Transaction): Promise<Uint8Array[]> {
  const rows = await transaction.query<{ entry: Uint8Array }>(
    'select entry from log_groups where entry is not null order by first_leaf',
  );
  return rows.map(({ entry }) => new Uint8Array(entry));
}
