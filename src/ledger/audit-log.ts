// A log read whole and checked: each entry against the signed tree, each receipt from wallet to
// credit, each transfer against its receipts. One pass, in memory that does not grow with it but for
// the names of leases. A leaf that is not what was signed is named, and how it differs.
import { equalBytes, toHex } from '#protocol/bytes.ts';
import type { LogEntry } from '#protocol/log-entry.ts';
import type { LogGroup } from '#protocol/log-group.ts';
import { leafHash } from '#protocol/merkle.ts';
import { decodeEntryBundle, widthOfTile } from '#protocol/tile.ts';
import { TILE_WIDTH, tilePath } from '#protocol/tile-path.ts';
import type { TileReader, TileTree } from '#protocol/tile-reader.ts';
import { type AuditFault, createFaults, type Faults } from './audit-fault.ts';
import { createPostingsAudit } from './audit-postings.ts';
import { createReceiptsAudit, type ReceiptsAuditOptions } from './audit-receipts.ts';

export interface AuditSource extends TileReader {
  /** The groups that begin at leaves `start` to `end`; null where there are none to be had. */
  groups(start: number, end: number): Promise<LogGroup[] | null>;
}

export interface LogAuditOptions extends Omit<ReceiptsAuditOptions, 'faults'> {
  source: AuditSource;
  /** Opened at a checkpoint whose signature was checked. */
  tree: TileTree;
  onProgress?(leaves: number): void;
  /** Each leaf in order that can be believed. */
  onEntry?(leaf: number, entry: LogEntry): void;
}

export interface LogAudit {
  leaves: number;
  receipts: { open: number; sealed: number };
  rotations: number;
  /** Credit earned by contributors, and how many they are. */
  credit: bigint;
  contributors: number;
  faults: AuditFault[];
  faultsCount: number;
}

/** Leaves that are not as signed, looked for elsewhere in the tree. */
const misplacedMax = 1_000;

/** @throws log/tile-missing, log/tile-mismatch where the tree itself cannot be read */
export async function auditLog(options: LogAuditOptions): Promise<LogAudit> {
  const { source, tree } = options;
  const faults = createFaults();
  const receipts = createReceiptsAudit({ ...options, faults });
  const postings = createPostingsAudit(faults);
  /** Leaves by the hash of what is served in their place. */
  const misplaced = new Map<string, number>();
  for (let bundle = 0; bundle * TILE_WIDTH < tree.size; bundle++) {
    const start = bundle * TILE_WIDTH;
    const entries = await readBundle(source, tree, bundle);
    const end = start + entries.length;
    postings.expect((await source.groups(start, end)) ?? []);
    for (const [i, bytes] of entries.entries()) {
      const leaf = start + i;
      const sound = await checkLeaf({ tree, leaf, bytes, faults, misplaced });
      const entry = sound && bytes ? await receipts.take(leaf, bytes) : null;
      postings.take(leaf, entry);
      if (entry) options.onEntry?.(leaf, entry);
    }
    options.onProgress?.(end);
  }
  await explain(tree, misplaced, faults);
  const earned = [...postings.totals()].filter(([account]) => account.startsWith('contributor:'));
  return {
    leaves: tree.size,
    receipts: { open: receipts.open, sealed: receipts.sealed },
    rotations: receipts.rotations,
    credit: earned.reduce((sum, [, credit]) => sum + credit, 0n),
    contributors: earned.length,
    faults: faults.list.sort((a, b) => (a.leaf ?? -1) - (b.leaf ?? -1)),
    faultsCount: faults.count,
  };
}

/** The entries of a bundle; nulls where the log serves none. */
async function readBundle(source: AuditSource, tree: TileTree, index: number) {
  const width = widthOfTile({ level: 'entries', index }, tree.size);
  const bytes = await source.read(tilePath({ level: 'entries', index, width }));
  try {
    if (bytes) return decodeEntryBundle(bytes, width);
  } catch {
    // As if it were not there: which of its entries are wrong cannot be told.
  }
  return Array<Uint8Array | null>(width).fill(null);
}

interface Leaf {
  tree: TileTree;
  leaf: number;
  bytes: Uint8Array | null;
  faults: Faults;
  misplaced: Map<string, number>;
}

/** @returns whether the entry is the one that was signed */
async function checkLeaf({ tree, leaf, bytes, faults, misplaced }: Leaf): Promise<boolean> {
  if (bytes === null || bytes.length === 0) {
    faults.add('log/receipt-removed', leaf, `Leaf ${leaf} is gone: the log was signed with it.`);
    return false;
  }
  const hash = leafHash(bytes);
  if (equalBytes(hash, await tree.leafHash(leaf))) return true;
  if (misplaced.size < misplacedMax) misplaced.set(toHex(hash), leaf);
  else faults.add('log/receipt-changed', leaf, `Leaf ${leaf} is not what was signed.`);
  return false;
}

/** An entry in another's place was moved; one that was never signed was changed. */
async function explain(tree: TileTree, misplaced: Map<string, number>, faults: Faults) {
  if (misplaced.size === 0) return;
  for (let place = 0; place < tree.size; place++) {
    const hash = toHex(await tree.leafHash(place));
    const leaf = misplaced.get(hash);
    if (leaf === undefined) continue;
    misplaced.delete(hash);
    const message = `Leaf ${leaf} holds the entry that was signed as leaf ${place}.`;
    faults.add('log/receipt-reordered', leaf, message);
  }
  for (const leaf of misplaced.values()) {
    const message = `Leaf ${leaf} is not what was signed: its entry was changed.`;
    faults.add('log/receipt-changed', leaf, message);
  }
}
