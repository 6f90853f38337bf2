// The log's hash tiles as rows. A tile grows in place, since a partial one is the beginning of the
// full one: so every partial tile that was ever signed can be served, and none is ever deleted.
import { assert } from '#protocol/errors.ts';
import type { WrittenTile } from '#protocol/tile-append.ts';
import { parseTilePath, TILE_WIDTH, type Tile } from '#protocol/tile-path.ts';
import type { TileReader } from '#protocol/tile-reader.ts';
import type { Transaction } from './transaction.ts';

const HASH_BYTES = 32;

/** Leaves that a tree needs to have the tile. */
function leavesUnder({ level, index, width }: Tile): number {
  assert(level !== 'entries', 'entries are no hashes');
  return (index * TILE_WIDTH + width) * TILE_WIDTH ** level;
}

/** For the sequencer, which reads what it has not signed yet. */
export function tileReader(transaction: Transaction): TileReader {
  return {
    async read(path) {
      const { level, index, width } = parseTilePath(path);
      const [tile] = await transaction.query<{ hashes: Uint8Array }>(
        `select substring(hashes from 1 for $3::int) as hashes from log_tiles
         where level = $1 and number = $2 and length(hashes) >= $3::int`,
        [level, index, width * HASH_BYTES],
      );
      return tile ? new Uint8Array(tile.hashes) : null;
    },
  };
}

/** For the world. @returns null for a tile that no signed tree has */
export async function readLogTile(
  transaction: Transaction,
  { tile }: { tile: Tile },
): Promise<Uint8Array | null> {
  const leaves = leavesUnder(tile);
  if (!Number.isSafeInteger(leaves)) return null;
  const [row] = await transaction.query<{ hashes: Uint8Array }>(
    `select substring(hashes from 1 for $3::int) as hashes from log_tiles, log_head
     where level = $1 and number = $2 and length(hashes) >= $3::int and signed_size >= $4`,
    [tile.level, tile.index, tile.width * HASH_BYTES, leaves],
  );
  return row ? new Uint8Array(row.hashes) : null;
}

export async function writeTiles(
  transaction: Transaction,
  written: readonly WrittenTile[],
): Promise<void> {
  const tiles = written.map(({ path, bytes }) => ({ ...parseTilePath(path), bytes }));
  await transaction.query(
    `insert into log_tiles (level, number, hashes)
     select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
     on conflict (level, number) do update set hashes = excluded.hashes`,
    [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ bytes }) => bytes),
    ],
  );
}
