// Merkle trees as RFC 6962 section 2.1 defines them: over a unit's rows, and over the log's entries.
// Whole trees in memory here; log-proof.ts makes proofs from tiles, for trees of any size, and
// merkle-verify.ts verifies both.
import { sha256 } from '#sha256';
import type { Bytes } from './bytes.ts';

const leafPrefix = new Uint8Array([0]);
const nodePrefix = new Uint8Array([1]);

export function leafHash(leaf: Uint8Array): Bytes {
  return sha256(leafPrefix, leaf);
}

/** The hash of an inner node from its children's, 32 bytes each. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(nodePrefix, left, right);
}

/** The largest power of two below `size` (size at least 2): where RFC 6962 cuts a tree in two. */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * Root over leaf hashes; the empty tree's is sha256 of nothing. Level by level, an odd last one moved
 * up as it is: what cutting at `splitPoint` gives, without a list for each cut.
 */
export function rootOfHashes(hashes: readonly Uint8Array[]): Bytes {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return new Uint8Array(hashes[0]);
  const level = [...hashes];
  let width = level.length;
  while (width > 2) {
    const pairs = width >> 1;
    for (let i = 0; i < pairs; i++) level[i] = nodeHash(level[2 * i], level[2 * i + 1]);
    if (width % 2 === 1) level[pairs] = level[width - 1];
    width = pairs + (width % 2);
  }
  return nodeHash(level[0], level[1]);
}

export function merkleRoot(leaves: readonly Uint8Array[]): Bytes {
  return rootOfHashes(leaves.map(leafHash));
}

/** The audit path of one leaf, nearest sibling first. */
export function inclusionProof(hashes: readonly Uint8Array[], index: number): Bytes[] {
  if (hashes.length <= 1) return [];
  const split = splitPoint(hashes.length);
  const left = hashes.slice(0, split);
  const right = hashes.slice(split);
  return index < split
    ? [...inclusionProof(left, index), rootOfHashes(right)]
    : [...inclusionProof(right, index - split), rootOfHashes(left)];
}

/** The root and the audit paths of all leaves: what `inclusionProof` gives, each node hashed once. */
export function inclusionPaths(hashes: readonly Bytes[]): { root: Bytes; paths: Bytes[][] } {
  if (hashes.length === 0) return { root: sha256(), paths: [] };
  const paths = hashes.map((): Bytes[] => []);
  let level = [...hashes];
  for (let height = 0; level.length > 1; height++) {
    for (let i = 0; i < paths.length; i++) {
      const sibling = (i >> height) ^ 1;
      if (sibling < level.length) paths[i].push(level[sibling]);
    }
    const above: Bytes[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i], level[i + 1]));
    if (level.length % 2 === 1) above.push(level[level.length - 1]);
    level = above;
  }
  return { root: level[0], paths };
}
