// Where a tile lies under a log's prefix, as C2SP tlog-tiles names it: tile/<L>/<N>[.p/<W>] for
// hashes and tile/entries/<N>[.p/<W>] for entries, N in groups of three digits (x001/x234/067).
import { assert, IdlewildError } from './errors.ts';

/** Hashes, or entries, of a full tile. */
export const TILE_WIDTH = 256;

export interface Tile {
  /** 0 for leaf hashes; each level stands for 256 times as many leaves. */
  level: number | 'entries';
  /** Position within the level. */
  index: number;
  /** 1 to 256; below 256 the tile is partial. */
  width: number;
}

function encodeIndex(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** The path below the log's prefix. */
export function tilePath({ level, index, width }: Tile): string {
  assert(Number.isSafeInteger(index) && index >= 0, 'a tile has an index');
  assert(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH, 'a tile has a width');
  const partial = width < TILE_WIDTH ? `.p/${width}` : '';
  return `tile/${level}/${encodeIndex(index)}${partial}`;
}

const shape = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/;

/**
 * Only the one spelling of each tile is read, so that a cache holds each tile once.
 * @throws log/bad-tile-path
 */
export function parseTilePath(path: string): Tile {
  const [, level, groups, width] = shape.exec(path) ?? [];
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups?.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const sound =
    (tile.level === 'entries' || tile.level <= 63) &&
    Number.isSafeInteger(tile.index) &&
    tile.width >= 1 &&
    tile.width <= TILE_WIDTH;
  if (!sound || tilePath(tile) !== path) {
    throw new IdlewildError('log/bad-tile-path', 'This is not the path of a tile.', {
      metaMessages: [
        'Expected tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>] (C2SP tlog-tiles).',
      ],
    });
  }
  return tile;
}
