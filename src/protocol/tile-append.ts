// Appending to the log: from the right edge of the tree and new leaf hashes to the new edge, its
// root, and the tiles to write. Pure, and without rereading the log: one hash for each leaf, on
// average, and at most 53 for a root.
import { sha256 } from '#sha256';
import type { Bytes } from './bytes.ts';
import { assert } from './errors.ts';
import { foldSubtrees } from './log-proof.ts';
import { nodeHash } from './merkle.ts';
import { edgeTiles, encodeEntryBundle, encodeHashTile, hashesAtLevel } from './tile.ts';
import { TILE_WIDTH, type Tile, tilePath } from './tile-path.ts';

/** All that a sequencer must know of the log to continue it; tile-reader.ts reads it from tiles. */
export interface LogEdge {
  size: number;
  /** The largest complete subtrees, leftmost first: one for each set bit of the size. */
  frontier: readonly Bytes[];
  /** The hashes of the partial tile at each level, 0 to 255 of them. */
  partial: readonly (readonly Bytes[])[];
}

export const emptyEdge: LogEdge = { size: 0, frontier: [], partial: [] };

export interface WrittenTile {
  /** Below the log's prefix. */
  path: string;
  bytes: Bytes;
}

export interface Appended {
  edge: LogEdge;
  root: Bytes;
  /** Every full tile that was completed, then the partial tiles of the new edge that differ. */
  tiles: WrittenTile[];
}

export function rootOfEdge(edge: LogEdge): Bytes {
  return edge.frontier.length === 0 ? sha256() : foldSubtrees(edge.frontier);
}

/** Fills tiles hash by hash and hands out each one that becomes full. */
function makeTileFiller(partial: Bytes[][]) {
  const full: WrittenTile[] = [];
  return {
    full,
    add(level: number, hash: Bytes, size: number) {
      partial[level] ??= [];
      const hashes = partial[level];
      hashes.push(hash);
      if (hashes.length < TILE_WIDTH) return;
      const index = hashesAtLevel(level + 1, size) - 1;
      full.push(writeTile({ level, index, width: TILE_WIDTH }, hashes));
      partial[level] = [];
    },
  };
}

function writeTile(tile: Tile, hashes: readonly Bytes[]): WrittenTile {
  return { path: tilePath(tile), bytes: encodeHashTile(hashes) };
}

/** @param leafHashes leafHash of each new entry, in the log's order */
export function appendLeaves(edge: LogEdge, leafHashes: readonly Bytes[]): Appended {
  assert(Number.isSafeInteger(edge.size + leafHashes.length), 'a log has at most 2^53 - 1 leaves');
  const frontier = [...edge.frontier];
  const partial = edge.partial.map((hashes) => [...hashes]);
  const filler = makeTileFiller(partial);
  let size = edge.size;
  for (const leaf of leafHashes) {
    let subtree = leaf;
    let height = 0;
    // Like a carry in binary addition: each set low bit of the size is a subtree to merge with.
    let position = size;
    size++;
    filler.add(0, leaf, size);
    while (position % 2 === 1) {
      const left = frontier.pop();
      assert(left, 'the frontier has one subtree for each set bit of the size');
      subtree = nodeHash(left, subtree);
      height++;
      position = (position - 1) / 2;
      if (height % 8 === 0) filler.add(height / 8, subtree, size);
    }
    frontier.push(subtree);
  }
  const changed = edgeTiles(size).filter(({ level }) => {
    return hashesAtLevel(level, size) !== hashesAtLevel(level, edge.size);
  });
  const tiles = changed.map((tile) => writeTile(tile, partial[tile.level]));
  const next = { size, frontier, partial };
  return { edge: next, root: rootOfEdge(next), tiles: [...filler.full, ...tiles] };
}

/**
 * The entry bundles to write for entries of which the first opens a bundle: an append rewrites
 * the last partial bundle, so its entries come first.
 * @param start index of the first entry, a multiple of 256
 * @throws log/entry-too-long
 */
export function writeEntryBundles(start: number, entries: readonly Uint8Array[]): WrittenTile[] {
  assert(start % TILE_WIDTH === 0, 'bundles start at multiples of 256');
  const tiles: WrittenTile[] = [];
  for (let first = 0; first < entries.length; first += TILE_WIDTH) {
    const part = entries.slice(first, first + TILE_WIDTH);
    const index = (start + first) / TILE_WIDTH;
    const path = tilePath({ level: 'entries', index, width: part.length });
    tiles.push({ path, bytes: encodeEntryBundle(part) });
  }
  return tiles;
}
