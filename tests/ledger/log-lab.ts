// A log in memory for the tests: keys from fixed seeds, tiles in a map, and a naive tree beside it.
import { createPrivateKey } from 'node:crypto';
import { makeNoteSigner, signCheckpoint } from '#ledger/log-signer.ts';
import { type Bytes, utf8 } from '#protocol/bytes.ts';
import { leafHash, rootOfHashes } from '#protocol/merkle.ts';
import { noteTypes } from '#protocol/signed-note-key.ts';
import { appendLeaves, emptyEdge, type LogEdge, writeEntryBundles } from '#protocol/tile-append.ts';
import type { TileReader } from '#protocol/tile-reader.ts';

export const origin = 'idlewild.example/log';

/** Ed25519 from a seed of 32 bytes, in PKCS #8 (RFC 8410). */
export function keyFromSeed(seed: Uint8Array) {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' });
}

const seed = (fill: number) => new Uint8Array(32).fill(fill);

export const logSigner = makeNoteSigner(origin, noteTypes.ed25519, keyFromSeed(seed(1)));
export const nextSigner = makeNoteSigner(origin, noteTypes.ed25519, keyFromSeed(seed(2)));
export const strangerSigner = makeNoteSigner(origin, noteTypes.ed25519, keyFromSeed(seed(3)));
export const witnessSigner = makeNoteSigner(
  'witness.example/w1',
  noteTypes.cosignature,
  keyFromSeed(seed(4)),
);

export const trust = { origin, keysAt: () => [logSigner.key] };

export const entryAt = (index: number) => utf8(`entry ${index}`);

export interface LabLog {
  edge: LogEdge;
  root: Bytes;
  entries: Bytes[];
  tiles: Map<string, Bytes>;
  reader: TileReader;
  append(entries: readonly Bytes[]): void;
  /** The checkpoint now, signed. */
  checkpoint(signer?: typeof logSigner): Bytes;
}

export function makeLabLog(entries: readonly Bytes[] = []): LabLog {
  const tiles = new Map<string, Bytes>();
  const log: LabLog = {
    edge: emptyEdge,
    root: rootOfHashes([]),
    entries: [],
    tiles,
    reader: { read: (path) => tiles.get(path) ?? null },
    append(more) {
      const start = Math.floor(log.edge.size / 256) * 256;
      const appended = appendLeaves(log.edge, more.map(leafHash));
      log.entries.push(...more);
      const bundles = writeEntryBundles(start, log.entries.slice(start));
      for (const { path, bytes } of [...appended.tiles, ...bundles]) tiles.set(path, bytes);
      log.edge = appended.edge;
      log.root = appended.root;
    },
    checkpoint(signer = logSigner) {
      const head = { origin, size: log.edge.size, root: log.root, extensions: [] };
      return signCheckpoint(head, signer);
    },
  };
  log.append(entries);
  return log;
}

export function makeLogOf(size: number): LabLog {
  return makeLabLog(Array.from({ length: size }, (_, i) => entryAt(i)));
}
