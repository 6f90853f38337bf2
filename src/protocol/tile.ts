// Which tiles a tree of a given size has, and what lies in one: hash tiles of 256 hashes, and
// bundles of entries (C2SP tlog-tiles). Sizes are leaves; 2^53 - 1 of them make seven levels.
import { type Bytes, concatBytes } from './bytes.ts';
import { IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { TILE_WIDTH, type Tile } from './tile-path.ts';

const HASH_BYTES = 32;

/** Hashes at a level of a tree: complete subtrees of 256^level leaves. Exact: powers of two. */
export function hashesAtLevel(level: number, size: number): number {
  let leaves = 1;
  for (let below = 0; below < level; below++) leaves *= TILE_WIDTH;
  return Math.floor(size / leaves);
}

/** The width of one tile in a tree of `size` leaves, 0 where the tree has no such tile. */
export function widthOfTile(tile: Pick<Tile, 'level' | 'index'>, size: number): number {
  const hashes = hashesAtLevel(tile.level === 'entries' ? 0 : tile.level, size);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - tile.index * TILE_WIDTH));
}

/** The partial tiles at a tree's right edge, lowest level first: together they give its root. */
export function edgeTiles(size: number): (Tile & { level: number })[] {
  const tiles: (Tile & { level: number })[] = [];
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) {
    const hashes = hashesAtLevel(level, size);
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

export function encodeHashTile(hashes: readonly Uint8Array[]): Bytes {
  return concatBytes(...hashes);
}

/** @throws log/tile-malformed unless it holds exactly `width` hashes */
export function decodeHashTile(bytes: Uint8Array, width: number): Bytes[] {
  if (bytes.length !== width * HASH_BYTES) {
    const found = `${bytes.length} bytes where ${width} hashes have ${width * HASH_BYTES}`;
    throw new IdlewildError('log/tile-malformed', `A tile has ${found}.`);
  }
  return Array.from({ length: width }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/**
 * Entries, each after its length as a big-endian uint16.
 * @throws log/entry-too-long above logEntryBytesMax
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Bytes {
  const parts = entries.flatMap((entry) => {
    if (entry.length > logLimits.logEntryBytesMax) {
      throw new IdlewildError(
        'log/entry-too-long',
        `An entry of ${entry.length} bytes is above logEntryBytesMax (${logLimits.logEntryBytesMax}).`,
      );
    }
    return [new Uint8Array([entry.length >> 8, entry.length & 0xff]), entry];
  });
  return concatBytes(...parts);
}

/** @throws log/tile-malformed unless it holds exactly `width` entries and nothing more */
export function decodeEntryBundle(bytes: Uint8Array, width: number): Bytes[] {
  const entries: Bytes[] = [];
  let offset = 0;
  while (entries.length < width && offset + 2 <= bytes.length) {
    const end = offset + 2 + ((bytes[offset] << 8) | bytes[offset + 1]);
    if (end > bytes.length) break;
    entries.push(bytes.slice(offset + 2, end));
    offset = end;
  }
  if (entries.length !== width || offset !== bytes.length) {
    const found = `${entries.length} whole entries in ${offset} of ${bytes.length} bytes`;
    throw new IdlewildError('log/tile-malformed', `A bundle of ${width} entries has ${found}.`);
  }
  return entries;
}
