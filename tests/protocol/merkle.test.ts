// RFC 6962 trees: known roots, every proof of every small tree, and the transparency-dev vectors
// where they lie beside the repository (IDLEWILD_MERKLE, else ../shared/data/merkle).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bytes, toHex, utf8 } from '#protocol/bytes.ts';
import { makeConsistencyProof, makeInclusionProof } from '#protocol/log-proof.ts';
import { inclusionProof, leafHash, merkleRoot, rootOfHashes } from '#protocol/merkle.ts';
import { verifyConsistency, verifyInclusion } from '#protocol/merkle-verify.ts';

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

const leaves = Array.from({ length: 600 }, (_, i) => leafHash(utf8(`leaf ${i}`)));
const roots = new Map<number, Bytes>();

function rootAt(size: number): Bytes {
  const root = roots.get(size) ?? rootOfHashes(leaves.slice(0, size));
  roots.set(size, root);
  return root;
}

function readNode(height: number, index: number): Bytes {
  return rootOfHashes(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height));
}

test('proofs by ranges are those of the naive recursion', async () => {
  for (const size of [1, 2, 3, 7, 8, 13, 64, 100, 257]) {
    for (let index = 0; index < size; index += 3) {
      const proof = await makeInclusionProof(readNode, index, size);
      expect(proof).toEqual(inclusionProof(leaves.slice(0, size), index));
    }
  }
});

test('every pair of sizes up to 40 is consistent, and with no other root, size or proof', async () => {
  for (let size2 = 1; size2 <= 40; size2++) {
    for (let size1 = 0; size1 <= size2; size1++) {
      const proof = await makeConsistencyProof(readNode, size1, size2);
      const claim = { size1, root1: rootAt(size1), size2, root2: rootAt(size2), proof };
      expect(verifyConsistency(claim)).toBe(true);
      expect(verifyConsistency({ ...claim, proof: [...proof, rootAt(size2)] })).toBe(false);
      expect(verifyConsistency({ ...claim, root2: leaves[599] })).toBe(size1 === 0);
      expect(verifyConsistency({ ...claim, root1: leaves[599] })).toBe(false);
      if (proof.length > 0) {
        expect(verifyConsistency({ ...claim, proof: proof.slice(1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
        expect(verifyConsistency({ ...claim, size2: size2 * 2 })).toBe(false);
      }
    }
  }
});

test('no bent hash and no wrong size passes', async () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 599 }), fc.integer({ min: 1, max: 600 }));
  const bend = fc.tuple(fc.nat(), fc.nat(255));
  const property = fc.asyncProperty(sizes, bend, async ([a, b], [where, bit]) => {
    const [size1, size2] = a < b ? [a, b] : [b, a + 1];
    const proof = await makeConsistencyProof(readNode, size1, size2);
    const claim = { size1, root1: rootAt(size1), size2, root2: rootAt(size2), proof };
    expect(verifyConsistency(claim)).toBe(true);
    const bent = proof.map((hash) => hash.slice());
    bent[where % bent.length][bit >> 3] ^= 1 << (bit & 7);
    expect(verifyConsistency({ ...claim, proof: bent })).toBe(false);
    expect(verifyConsistency({ ...claim, size1: size1 + 1 })).toBe(false);
    const short = proof.with(where % proof.length, proof[0].slice(1));
    expect(verifyConsistency({ ...claim, proof: short })).toBe(false);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('the largest sizes work, and larger ones are refused', async () => {
  const whole = (height: number) => leafHash(utf8(`height ${height}`));
  const size = Number.MAX_SAFE_INTEGER;
  const proof = await makeInclusionProof(whole, size - 1, size);
  expect(proof).toHaveLength(52);
  const root = proof.reduce((right, left) => rootOfHashes([left, right]), whole(0));
  const claim = { hash: whole(0), index: size - 1, size, proof, root };
  expect(verifyInclusion(claim)).toBe(true);
  expect(verifyInclusion({ ...claim, size: 2 ** 53 })).toBe(false);
  const head = { root1: root, root2: root, proof: [] };
  expect(verifyConsistency({ ...head, size1: size, size2: size })).toBe(true);
  expect(verifyConsistency({ ...head, size1: 2 ** 53, size2: 2 ** 53 })).toBe(false);
  expect(verifyConsistency({ ...head, size1: -1, size2: 3 })).toBe(false);
});

interface Vector {
  wantErr: boolean;
  proof: string[] | null;
}

interface InclusionVector extends Vector {
  leafIdx: number;
  treeSize: number;
  root: string;
  leafHash: string;
}

interface ConsistencyVector extends Vector {
  size1: number;
  size2: number;
  root1: string;
  root2: string;
}

const present = existsSync(folder);
if (!present && process.env.CI) throw new Error(`CI needs the Merkle vectors at ${folder}`);

/** One vector has an index of 2^64 - 1, which JSON.parse rounds: it stays unsafe and is refused. */
function readVectors<T extends Vector>(kind: string): [string, T][] {
  const place = path.join(folder, kind);
  const files = present ? readdirSync(place, { recursive: true, encoding: 'utf8' }) : [];
  const names = files.filter((file) => file.endsWith('.json'));
  return names.map((name) => [name, JSON.parse(readFileSync(path.join(place, name), 'utf8'))]);
}

const bytes = (text: string | null) => new Uint8Array(Buffer.from(text ?? '', 'base64'));

describe.skipIf(!present)('vectors of transparency-dev (skipped: the folder is not there)', () => {
  const inclusion = readVectors<InclusionVector>('inclusion');
  const consistency = readVectors<ConsistencyVector>('consistency');

  test('are there, good ones and bad ones', () => {
    for (const vectors of [inclusion, consistency]) {
      expect(vectors.length).toBeGreaterThan(40);
      expect(vectors.filter(([, { wantErr }]) => !wantErr).length).toBeGreaterThan(2);
    }
  });

  test.each(inclusion)('inclusion/%s', (_, vector) => {
    const { leafIdx: index, treeSize: size } = vector;
    const proof = (vector.proof ?? []).map(bytes);
    const claim = { hash: bytes(vector.leafHash), root: bytes(vector.root), index, size, proof };
    expect(verifyInclusion(claim)).toBe(!vector.wantErr);
  });

  test.each(consistency)('consistency/%s', (_, vector) => {
    const { size1, size2 } = vector;
    const proof = (vector.proof ?? []).map(bytes);
    const claim = { size1, root1: bytes(vector.root1), size2, root2: bytes(vector.root2), proof };
    expect(verifyConsistency(claim)).toBe(!vector.wantErr);
  });
});
