// Reading a log from its tiles alone: the root at any size, proofs, and entries. The same code
// serves proofs in the coordinator and checks them at a stranger's: no hash is used before it has
// been traced to the root of the tree.
import { type Bytes, equalBytes } from './bytes.ts';
import { assert, IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import {
  completeSubtrees,
  hashRange,
  makeConsistencyProof,
  makeInclusionProof,
} from './log-proof.ts';
import { leafHash, nodeHash } from './merkle.ts';
import { decodeEntryBundle, decodeHashTile, edgeTiles, widthOfTile } from './tile.ts';
import { emptyEdge, type LogEdge, rootOfEdge } from './tile-append.ts';
import { TILE_WIDTH, type Tile, tilePath } from './tile-path.ts';

export interface TileReader {
  /** The bytes at a path below the log's prefix, null where there are none. */
  read(path: string): Uint8Array | null | Promise<Uint8Array | null>;
}

/** A log at one size, every answer checked against its root. */
export interface TileTree {
  size: number;
  root: Bytes;
  /** The right edge, from which appendLeaves goes on. */
  edge: LogEdge;
  leafHash(index: number): Promise<Bytes>;
  /** The root that the log had at a smaller size. */
  rootAt(size: number): Promise<Bytes>;
  /** For the tree of `size` leaves, this one's if left out. */
  inclusionProof(index: number, size?: number): Promise<Bytes[]>;
  consistencyProof(size1: number, size2?: number): Promise<Bytes[]>;
  /** The entries of bundle `index` (from leaf 256 * index on), as many as the tree has. */
  entries(index: number): Promise<Bytes[]>;
}

/** @throws log/tile-missing, log/tile-malformed */
async function readTile<T>(
  reader: TileReader,
  tile: Tile,
  decode: (bytes: Uint8Array, width: number) => T[],
): Promise<T[]> {
  const bytes = await reader.read(tilePath(tile));
  if (bytes) return decode(bytes, tile.width);
  if (tile.width < TILE_WIDTH) {
    // A log may delete a partial tile once the full one exists, which begins with it.
    const full = await reader.read(tilePath({ ...tile, width: TILE_WIDTH }));
    if (full) return decode(full, TILE_WIDTH).slice(0, tile.width);
  }
  throw new IdlewildError('log/tile-missing', `The log has no ${tilePath(tile)}.`, {
    retryable: true,
    metaMessages: ['Every tile of a signed tree must be served: ask again, then another mirror.'],
  });
}

/**
 * The right edge of the tree of `size` leaves. Unverified: compare rootOfEdge with a signed root.
 * @throws log/tile-missing, log/tile-malformed
 */
export async function readEdge(reader: TileReader, size: number): Promise<LogEdge> {
  const tiles = edgeTiles(size);
  const read = await Promise.all(tiles.map((tile) => readTile(reader, tile, decodeHashTile)));
  const partial: Bytes[][] = [];
  tiles.forEach(({ level }, i) => {
    partial[level] = read[i];
  });
  const levels = Array.from(partial, (hashes) => hashes ?? []);
  const frontier = levels.toReversed().flatMap((hashes) => {
    const within = subtreesWithin(hashes);
    const subtrees = completeSubtrees({ start: 0, end: hashes.length });
    return subtrees.map(({ height, index }) => within[height][index]);
  });
  return tiles.length === 0 ? emptyEdge : { size, frontier, partial: levels };
}

/**
 * The complete subtrees within a tile, by height: its hashes, then the hash of each whole pair,
 * and so on; a full tile ends in its root. Kept with the tile, so that proofs need no hashing.
 */
function subtreesWithin(hashes: readonly Bytes[]): Bytes[][] {
  const levels: Bytes[][] = [[...hashes]];
  for (let below = levels[0]; below.length > 1; below = levels[levels.length - 1]) {
    const pairs = Array.from({ length: below.length >> 1 }, (_, i) => {
      return nodeHash(below[2 * i], below[2 * i + 1]);
    });
    levels.push(pairs);
  }
  return levels;
}

function mismatch(what: string): IdlewildError {
  return new IdlewildError('log/tile-mismatch', `${what} is not what the signed root commits to.`, {
    metaMessages: ['The log or its mirror serves wrong bytes: keep them, they are evidence.'],
  });
}

/**
 * Gives the subtrees within any tile of one tree. A full tile is compared with its hash in the
 * tile above before use, and so on up to the edge, which gave the root.
 */
function makeTileSource(reader: TileReader, edge: LogEdge) {
  const atEdge = edge.partial.map(subtreesWithin);
  const held = new Map<string, Bytes[][]>();
  return async function openTile(level: number, index: number): Promise<readonly Bytes[][]> {
    const width = widthOfTile({ level, index }, edge.size);
    assert(width > 0, 'the tile lies inside the tree');
    if (width < TILE_WIDTH) return atEdge[level];
    const tile = { level, index, width };
    const path = tilePath(tile);
    const known = held.get(path);
    if (known) return known;
    const within = subtreesWithin(await readTile(reader, tile, decodeHashTile));
    const [above] = await openTile(level + 1, Math.floor(index / TILE_WIDTH));
    if (!equalBytes(within[8][0], above[index % TILE_WIDTH])) throw mismatch(path);
    const [oldest] = held.keys();
    if (held.size >= logLimits.tilesHeldMax && oldest) held.delete(oldest);
    held.set(path, within);
    return within;
  };
}

/**
 * @param head a tree head whose signature was checked; a null root is taken from the tiles, for
 * the log's own keeper
 * @throws log/tile-missing, log/tile-malformed, log/tile-mismatch; so do the methods
 */
export async function openTileTree(
  reader: TileReader,
  head: { size: number; root: Uint8Array | null },
): Promise<TileTree> {
  const { size } = head;
  assert(Number.isSafeInteger(size) && size >= 0, 'a size is a safe integer');
  const edge = await readEdge(reader, size);
  const root = rootOfEdge(edge);
  if (head.root && !equalBytes(root, head.root)) throw mismatch(`The edge at ${size} leaves`);
  const openTile = makeTileSource(reader, edge);

  async function readNode(height: number, index: number): Promise<Bytes> {
    const level = Math.floor(height / 8);
    const inTile = height % 8;
    const first = index * (1 << inTile);
    const within = await openTile(level, Math.floor(first / TILE_WIDTH));
    return within[inTile][(first % TILE_WIDTH) / (1 << inTile)];
  }

  return {
    size,
    root,
    edge,
    leafHash: (index) => readNode(0, index),
    async rootAt(older) {
      assert(older >= 0 && older <= size, 'the tree reaches back, not ahead');
      return older === 0 ? rootOfEdge(emptyEdge) : hashRange(readNode, { start: 0, end: older });
    },
    async inclusionProof(index, at = size) {
      assert(at <= size, 'the tree reaches back, not ahead');
      return makeInclusionProof(readNode, index, at);
    },
    async consistencyProof(size1, size2 = size) {
      assert(size2 <= size, 'the tree reaches back, not ahead');
      return makeConsistencyProof(readNode, size1, size2);
    },
    async entries(index) {
      const width = widthOfTile({ level: 'entries', index }, size);
      assert(width > 0, 'the bundle lies inside the tree');
      const tile: Tile = { level: 'entries', index, width };
      const entries = await readTile(reader, tile, decodeEntryBundle);
      const [hashes] = await openTile(0, index);
      const sound = entries.every((entry, i) => equalBytes(leafHash(entry), hashes[i]));
      if (!sound) throw mismatch(tilePath(tile));
      return entries;
    },
  };
}
