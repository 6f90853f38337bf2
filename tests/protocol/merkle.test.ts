// RFC 6962 trees: known roots, every proof of every small tree, and the transparency-dev vectors
// where they lie beside the repository (IDLEWILD_MERKLE, else ../shared/data/merkle).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import {
  inclusionProof,
  leafHash,
  merkleRoot,
  rootOfHashes,
  verifyInclusion,
} from '#protocol/merkle.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = process.env.IDLEWILD_MERKLE ?? path.join(root, '../shared/data/merkle');

test('roots of RFC 6962: no leaf, and one empty leaf', () => {
  expect(toHex(merkleRoot([]))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(toHex(merkleRoot([new Uint8Array()]))).toBe(
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  );
});

test('every leaf of every tree up to 20 leaves is proved, and no other leaf is', () => {
  for (let size = 1; size <= 20; size++) {
    const hashes = Array.from({ length: size }, (_, i) => leafHash(utf8(`leaf ${i}`)));
    const treeRoot = rootOfHashes(hashes);
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(hashes, index);
      const claim = { hash: hashes[index], index, size, proof, root: treeRoot };
      expect(verifyInclusion(claim)).toBe(true);
      expect(verifyInclusion({ ...claim, hash: leafHash(utf8('other')) })).toBe(false);
      if (size > 1) expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
      expect(verifyInclusion({ ...claim, proof: [...proof, treeRoot] })).toBe(false);
    }
  }
});

interface Vector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
  proof: string[] | null;
  desc: string;
  wantErr: boolean;
}

const present = existsSync(folder);
if (!present && process.env.CI) throw new Error(`CI needs the Merkle vectors at ${folder}`);

describe.skipIf(!present)('vectors of transparency-dev (skipped: the folder is not there)', () => {
  const inclusion = path.join(folder, 'inclusion');
  const files = present ? readdirSync(inclusion, { recursive: true, encoding: 'utf8' }) : [];
  const names = files.filter((file) => file.endsWith('.json'));

  test.each(names)('inclusion/%s', (name) => {
    const vector = JSON.parse(readFileSync(path.join(inclusion, name), 'utf8')) as Vector;
    const bytes = (text: string) => new Uint8Array(Buffer.from(text ?? '', 'base64'));
    const verified = verifyInclusion({
      hash: bytes(vector.leafHash),
      index: vector.leafIdx,
      size: vector.treeSize,
      proof: (vector.proof ?? []).map(bytes),
      root: bytes(vector.root),
    });
    expect(verified).toBe(!vector.wantErr);
  });
});
