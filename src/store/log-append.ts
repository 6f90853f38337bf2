// The sequencer's part of the log, in two transactions. The first gives waiting groups their
// leaves and writes the tiles and the new head; the second publishes the head's signature, which
// is made between them, over nothing but a head that is on disk. So a crash at any point leaves
// either a head to sign again, to the same bytes, or groups that wait: the log cannot fork. One
// sequencer at a time, among any number of replicas: it holds the lock of the head's row.
//
//   receipts written -> queued -> leaves, tiles and head committed -> signed -> published
import { type Bytes, equalBytes } from '#protocol/bytes.ts';
import { assert, IdlewildError } from '#protocol/errors.ts';
import { appendLeaves, emptyEdge, rootOfEdge } from '#protocol/tile-append.ts';
import { readEdge } from '#protocol/tile-reader.ts';
import { tileReader, writeTiles } from './log-tiles.ts';
import type { Transaction } from './transaction.ts';

/** Leaves of one step: its transaction must not hold up others for long. */
const stepLeavesMax = 2_048;
/** Groups looked at for a step. */
const stepGroupsMax = 1_000;

export interface LogIdentity {
  /** The log's name for ever. */
  origin: string;
  /** Ed25519, 32 bytes: the key that signs its heads now. */
  publicKey: Uint8Array;
}

export interface HeadRow {
  size: number;
  root: Uint8Array;
  origin: string;
  public_key: Uint8Array;
  signed_size: number;
  checkpoint: Uint8Array | null;
}

/** A committed head, to be signed. */
interface UnsignedHead extends LogIdentity {
  size: number;
  root: Uint8Array;
}

export interface LogStep {
  /** Leaves given; 0 where none waits, or another sequencer is at it. */
  appended: number;
  /** More groups wait than fit into one step. */
  more: boolean;
  /** The head to sign, null where the newest is signed and published. */
  unsigned: UnsignedHead | null;
}

/** Begins the log at the first start. @returns its identity, whatever was proposed */
export async function openLog(
  transaction: Transaction,
  proposed: LogIdentity,
): Promise<LogIdentity> {
  await transaction.query(
    'insert into log_head (root, origin, public_key) values ($1, $2, $3) on conflict do nothing',
    [rootOfEdge(emptyEdge), proposed.origin, proposed.publicKey],
  );
  const [head] = await transaction.query<HeadRow>('select * from log_head');
  return { origin: head.origin, publicKey: new Uint8Array(head.public_key) };
}

/** @throws log/damaged when the tiles are not those of the head: nothing is built upon them */
export async function appendToLog(
  transaction: Transaction,
  { leavesMax = stepLeavesMax }: { leavesMax?: number },
): Promise<LogStep> {
  const [head] = await transaction.query<HeadRow>('select * from log_head for update skip locked');
  if (!head) return { appended: 0, more: false, unsigned: null };
  const groups = await transaction.query<{ transfer_id: number; leaf_count: number }>(
    `select transfer_id, leaf_count from
       (select transfer_id, leaf_count, sum(leaf_count) over (order by transfer_id) as through
        from (select * from log_queue order by transfer_id limit $2) as oldest) as counted
     where through - leaf_count < $1 order by transfer_id`,
    [leavesMax, stepGroupsMax],
  );
  if (groups.length === 0) return { appended: 0, more: false, unsigned: toUnsigned(head) };
  const hashes = await readHashes(transaction, groups);
  await placeGroups(transaction, groups, Number(head.size));
  const after = await growTree(transaction, head, hashes);
  const more = hashes.length >= leavesMax || groups.length === stepGroupsMax;
  return { appended: hashes.length, more, unsigned: toUnsigned(after) };
}

/** Tiles and head with further leaves, for whoever holds the head's lock. */
export async function growTree(
  transaction: Transaction,
  head: Pick<HeadRow, 'size' | 'root'>,
  hashes: readonly Bytes[],
): Promise<HeadRow> {
  const edge = await readEdge(tileReader(transaction), Number(head.size));
  if (!equalBytes(rootOfEdge(edge), head.root)) throw damaged('Its tiles are not those signed.');
  const grown = appendLeaves(edge, hashes);
  await writeTiles(transaction, grown.tiles);
  const [after] = await transaction.query<HeadRow>(
    'update log_head set size = $1, root = $2 returning *',
    [grown.edge.size, grown.root],
  );
  return after;
}

function damaged(what: string): IdlewildError {
  return new IdlewildError('log/damaged', `The log is damaged. ${what}`, {
    metaMessages: ['Nothing was appended. Restore the data folder from a backup.'],
  });
}

function toUnsigned(head: HeadRow): UnsignedHead | null {
  const size = Number(head.size);
  if (head.checkpoint && Number(head.signed_size) === size) return null;
  return {
    size,
    root: new Uint8Array(head.root),
    origin: head.origin,
    publicKey: new Uint8Array(head.public_key),
  };
}

/** By group, and in a group by ordinal. */
async function readHashes(
  transaction: Transaction,
  groups: readonly { transfer_id: number; leaf_count: number }[],
) {
  const leaves = await transaction.query<{ leaf_hash: Uint8Array }>(
    `select leaf_hash from receipts where transfer_id = any($1::bigint[]) order by transfer_id, ordinal`,
    [groups.map(({ transfer_id }) => transfer_id)],
  );
  const expected = groups.reduce((sum, { leaf_count }) => sum + leaf_count, 0);
  if (leaves.length !== expected) throw damaged('A receipt that waits for it is gone.');
  return leaves.map(({ leaf_hash }) => new Uint8Array(leaf_hash));
}

async function placeGroups(
  transaction: Transaction,
  groups: readonly { transfer_id: number; leaf_count: number }[],
  size: number,
): Promise<void> {
  let next = size;
  const first = groups.map(({ leaf_count }) => {
    next += leaf_count;
    return next - leaf_count;
  });
  await transaction.query(
    `with placed as (delete from log_queue where transfer_id = any($2::bigint[]))
     insert into log_groups (first_leaf, leaf_count, transfer_id)
     select * from unnest($1::bigint[], $3::int[], $2::bigint[])`,
    [
      first,
      groups.map(({ transfer_id }) => transfer_id),
      groups.map(({ leaf_count }) => leaf_count),
    ],
  );
}

/** @param checkpoint the signed note of a head that appendToLog gave; an older one is passed over */
export async function publishCheckpoint(
  transaction: Transaction,
  { size, checkpoint }: { size: number; checkpoint: Uint8Array },
): Promise<void> {
  const [head] = await transaction.query<HeadRow>('select * from log_head');
  assert(head && size <= Number(head.size), 'only a head that is on disk is signed');
  await transaction.query(
    `update log_head set signed_size = $1, checkpoint = $2
     where signed_size < $1 or checkpoint is null`,
    [size, checkpoint],
  );
}

/** @param checkpoint a published head with its witnesses' lines; an older one is passed over */
export async function publishCosigned(
  transaction: Transaction,
  { size, checkpoint }: { size: number; checkpoint: Uint8Array },
): Promise<void> {
  await transaction.query(
    `update log_head set cosigned_size = $1, cosigned = $2
     where signed_size >= $1 and cosigned_size <= $1`,
    [size, checkpoint],
  );
}
