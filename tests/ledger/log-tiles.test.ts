// Tiles: their paths, what they hold, appending in any cuts, and proofs from tiles alone, all
// against the naive tree.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bytes, fromHex, toHex, utf8 } from '#protocol/bytes.ts';
import { inclusionProof, leafHash, rootOfHashes } from '#protocol/merkle.ts';
import { verifyInclusion } from '#protocol/merkle-verify.ts';
import {
  decodeEntryBundle,
  decodeHashTile,
  edgeTiles,
  encodeEntryBundle,
  hashesAtLevel,
  widthOfTile,
} from '#protocol/tile.ts';
import {
  appendLeaves,
  emptyEdge,
  type LogEdge,
  rootOfEdge,
  writeEntryBundles,
} from '#protocol/tile-append.ts';
import { parseTilePath, type Tile, tilePath } from '#protocol/tile-path.ts';
import { openTileTree, readEdge } from '#protocol/tile-reader.ts';
import { sha256 } from '#sha256';
import { entryAt, makeLabLog, makeLogOf } from './log-lab.ts';

const hashes = Array.from({ length: 2002 }, (_, i) => leafHash(entryAt(i)));
const naive = new Map<number, string>();

/** Hex of the naive root: quadratic over all sizes, so each is made when it is asked for. */
function rootAt(size: number): string {
  const root = naive.get(size) ?? toHex(rootOfHashes(hashes.slice(0, size)));
  naive.set(size, root);
  return root;
}

/** An edge in few words, to be compared quickly. */
function summary({ size, frontier, partial }: LogEdge): string {
  const digests = partial.map((tile) => `${tile.length}:${toHex(sha256(...tile))}`);
  return [size, ...frontier.map(toHex), ...digests].join(' ');
}

describe('paths', () => {
  test.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 2, index: 0, width: 1 }, 'tile/2/000.p/1'],
    [{ level: 1, index: 1000, width: 17 }, 'tile/1/x001/000.p/17'],
    [{ level: 'entries', index: 273, width: 112 }, 'tile/entries/273.p/112'],
    [
      { level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 },
      'tile/0/x009/x007/x199/x254/x740/991',
    ],
  ] as [Tile, string][])('%o is %s, as tlog-tiles has it', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test.each([
    '',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/00/001',
    'tile/64/001',
    'tile/-1/001',
    'tile/0/001.p/0',
    'tile/0/001.p/00',
    'tile/0/001.p/01',
    'tile/0/001.p/256',
    'tile/0/001.p/',
    'tile/entries/',
    'tile/data/001',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/001\n',
    '/tile/0/001',
    'tile/0/../001',
    'tile/0/٠٠١',
  ])('%j is none', (path) => {
    expect(() => parseTilePath(path)).toThrow('not the path of a tile');
  });

  test('are read back, every one', () => {
    const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const));
    const index = fc.maxSafeNat();
    const width = fc.integer({ min: 1, max: 256 });
    const property = fc.property(fc.record({ level, index, width }), (tile) => {
      expect(parseTilePath(tilePath(tile))).toEqual(tile);
    });
    fc.assert(property);
  });
});

describe('what a tree has', () => {
  test('at 70,000 and 256 leaves: the examples of tlog-tiles', () => {
    expect(hashesAtLevel(0, 70_000)).toBe(273 * 256 + 112);
    expect(edgeTiles(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect(widthOfTile({ level: 1, index: 0 }, 70_000)).toBe(256);
    expect(widthOfTile({ level: 1, index: 2 }, 70_000)).toBe(0);
    expect(edgeTiles(256)).toEqual([{ level: 1, index: 0, width: 1 }]);
    expect(edgeTiles(0)).toEqual([]);
    expect(edgeTiles(Number.MAX_SAFE_INTEGER)).toHaveLength(7);
  });

  test('bundles: lengths before entries, and nothing short or left over', () => {
    const entries = [new Uint8Array(), utf8('a'), new Uint8Array(65_535).fill(7)];
    const bundle = encodeEntryBundle(entries);
    expect(toHex(bundle.subarray(0, 7))).toBe('0000000161ffff');
    expect(decodeEntryBundle(bundle, 3).map(toHex)).toEqual(entries.map(toHex));
    for (const width of [2, 4]) expect(() => decodeEntryBundle(bundle, width)).toThrow('whole');
    expect(() => decodeEntryBundle(bundle.subarray(0, -1), 3)).toThrow('2 whole entries');
    expect(() => decodeEntryBundle(new Uint8Array([0]), 1)).toThrow('0 whole entries');
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow('logEntryBytesMax');
  });

  test('a hash tile has the length of its width', () => {
    expect(() => decodeHashTile(new Uint8Array(64), 3)).toThrow('3 hashes have 96');
    expect(() => decodeHashTile(new Uint8Array(65), 2)).toThrow('2 hashes have 64');
  });
});

describe('appending', () => {
  test('leaf by leaf to 2,000 gives the naive root', () => {
    let edge = emptyEdge;
    expect(toHex(rootOfEdge(edge))).toBe(rootAt(0));
    for (let size = 1; size <= 2000; size++) {
      const appended = appendLeaves(edge, [hashes[size - 1]]);
      edge = appended.edge;
      // All small sizes, and the larger ones on both sides of a tile's end and in between.
      const compared = size <= 300 || (size + 1) % 256 < 3 || size % 61 === 0;
      if (compared) expect(toHex(appended.root)).toBe(rootAt(size));
    }
  });

  test('in any cuts gives the tiles of one go, and leaves the edge it came from alone', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 8 });
    const property = fc.property(cuts, fc.integer({ min: 0, max: 2000 }), (between, end) => {
      const stops = [...between.filter((cut) => cut < end).sort((a, b) => a - b), end];
      const tiles = new Map<string, string>();
      let edge = emptyEdge;
      for (const stop of stops) {
        const before = summary(edge);
        const appended = appendLeaves(edge, hashes.slice(edge.size, stop));
        expect(summary(edge)).toBe(before);
        expect(toHex(appended.root)).toBe(rootAt(stop));
        for (const { path, bytes } of appended.tiles) tiles.set(path, toHex(sha256(bytes)));
        edge = appended.edge;
      }
      const whole = appendLeaves(emptyEdge, hashes.slice(0, end));
      expect(summary(whole.edge)).toBe(summary(edge));
      for (const { path, bytes } of whole.tiles) {
        expect(tiles.get(path)).toBe(toHex(sha256(bytes)));
      }
    });
    fc.assert(property, { numRuns: 40 });
  });

  test('writes each tile once, and no partial tile that did not change', () => {
    const { edge, tiles } = appendLeaves(emptyEdge, hashes.slice(0, 600));
    const paths = tiles.map(({ path }) => path);
    expect(paths).toEqual(['tile/0/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2']);
    expect(appendLeaves(edge, []).tiles).toEqual([]);
    const next = appendLeaves(edge, [hashes[600]]).tiles;
    expect(next.map(({ path }) => path)).toEqual(['tile/0/002.p/89']);
  });

  test('across 65,536 leaves reaches the third level', () => {
    const many = Array.from({ length: 65_537 }, (_, i) => hashes[i % 2000]);
    const { edge, root } = appendLeaves(emptyEdge, many.slice(0, 65_535));
    const grown = appendLeaves(edge, many.slice(65_535));
    expect(toHex(root)).toBe(toHex(rootOfHashes(many.slice(0, 65_535))));
    expect(toHex(grown.root)).toBe(toHex(rootOfHashes(many)));
    expect(grown.tiles.map(({ path }) => path)).toEqual([
      'tile/0/255',
      'tile/1/000',
      'tile/0/256.p/1',
      'tile/2/000.p/1',
    ]);
  });

  test('rewrites the partial bundle from its start', () => {
    const entries = [entryAt(0), entryAt(1)];
    expect(() => writeEntryBundles(255, entries)).toThrow('multiples of 256');
    const [{ path, bytes }] = writeEntryBundles(512, entries);
    expect(path).toBe('tile/entries/002.p/2');
    expect(decodeEntryBundle(bytes, 2)).toEqual(entries);
  });
});

describe('reading', () => {
  test('the edge comes back from tiles as it was', async () => {
    for (const size of [0, 1, 255, 256, 257, 511, 512, 600, 2000]) {
      const log = makeLogOf(size);
      expect(summary(await readEdge(log.reader, size))).toBe(summary(log.edge));
      const tree = await openTileTree(log.reader, { size, root: fromHex(rootAt(size)) });
      const next = appendLeaves(tree.edge, [hashes[size]]);
      expect(toHex(next.root)).toBe(rootAt(size + 1));
    }
  });

  test('proofs, roots and entries are those of the naive tree, at every size below', async () => {
    const log = makeLogOf(2000);
    const tree = await openTileTree(log.reader, { size: 2000, root: log.root });
    const sizes = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.nat());
    const property = fc.asyncProperty(sizes, async ([size, pick]) => {
      const index = pick % size;
      expect(toHex(await tree.rootAt(size))).toBe(rootAt(size));
      expect(await tree.leafHash(index)).toEqual(hashes[index]);
      const proof = await tree.inclusionProof(index, size);
      expect(proof).toEqual(inclusionProof(hashes.slice(0, size), index));
      const claim = { hash: hashes[index], index, size, proof, root: fromHex(rootAt(size)) };
      expect(verifyInclusion(claim)).toBe(true);
    });
    await fc.assert(property, { numRuns: 60 });
    expect(toHex(await tree.rootAt(0))).toBe(rootAt(0));
    expect(await tree.entries(7)).toEqual(log.entries.slice(1792));
    expect(await tree.entries(0)).toEqual(log.entries.slice(0, 256));
  });

  test('a partial tile that was deleted is taken from the full one', async () => {
    const log = makeLogOf(300);
    const root = log.root;
    log.append(Array.from({ length: 300 }, (_, i) => entryAt(300 + i)));
    expect(log.tiles.delete('tile/0/001.p/44')).toBe(true);
    expect(log.tiles.delete('tile/entries/001.p/44')).toBe(true);
    const tree = await openTileTree(log.reader, { size: 300, root });
    expect(await tree.entries(1)).toEqual(log.entries.slice(256, 300));
    log.tiles.delete('tile/0/001');
    await expect(openTileTree(log.reader, { size: 300, root })).rejects.toThrow('tile/0/001.p/44');
  });

  test('a bent bit in any tile is found out before it is used', async () => {
    const log = makeLogOf(1000);
    const paths = [...log.tiles.keys()];
    const spot = fc.tuple(fc.nat(paths.length - 1), fc.nat(), fc.nat(7));
    const property = fc.asyncProperty(spot, async ([which, where, bit]) => {
      const path = paths[which];
      const sound = log.tiles.get(path) as Bytes;
      const bent = sound.slice();
      bent[where % bent.length] ^= 1 << bit;
      const reader = { read: (asked: string) => (asked === path ? bent : log.reader.read(asked)) };
      const use = async () => {
        const tree = await openTileTree(reader, { size: 1000, root: log.root });
        for (let index = 0; index < 4; index++) await tree.entries(index);
      };
      await expect(use()).rejects.toThrow(/not what the signed root commits to|whole entries/);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('a tile and a bundle that agree with each other alone are found out', async () => {
    const log = makeLogOf(1000);
    const lie = makeLabLog([utf8('a lie'), ...log.entries.slice(1)]);
    const forged = ['tile/0/000', 'tile/entries/000'];
    const read = (path: string) => (forged.includes(path) ? lie : log).tiles.get(path) ?? null;
    const tree = await openTileTree({ read }, { size: 1000, root: log.root });
    for (const use of [() => tree.entries(0), () => tree.leafHash(0), () => tree.rootAt(1)]) {
      await expect(use()).rejects.toThrow('tile/0/000 is not what the signed root commits to');
    }
    expect(await tree.entries(1)).toEqual(log.entries.slice(256, 512));
  });

  test('tiles of another log, or cut short, are refused', async () => {
    const log = makeLogOf(600);
    const other = makeLogOf(601);
    const open = (size: number) => openTileTree(log.reader, { size, root: other.root });
    await expect(open(600)).rejects.toThrow('The edge at 600 leaves');
    await expect(open(601)).rejects.toThrow('The log has no tile/0/002.p/89');
    log.tiles.set('tile/1/000.p/2', new Uint8Array(63));
    await expect(open(600)).rejects.toThrow('63 bytes where 2 hashes have 64');
  });

  test('a reader holds no more tiles than its limit', async () => {
    const size = 300 * 256;
    const many = Array.from({ length: size }, (_, i) => hashes[i % 2000]);
    const { tiles, root } = appendLeaves(emptyEdge, many);
    const held = new Map(tiles.map(({ path, bytes }) => [path, bytes]));
    let reads = 0;
    const read = (path: string) => {
      reads++;
      return held.get(path) ?? null;
    };
    const tree = await openTileTree({ read }, { size, root });
    for (let index = 0; index < size; index += 256) await tree.leafHash(index);
    const before = reads;
    expect(await tree.leafHash(size - 1)).toEqual(many[size - 1]);
    expect(reads).toBe(before);
    expect(await tree.leafHash(0)).toEqual(many[0]);
    expect(reads).toBeGreaterThan(before);
  });
});
