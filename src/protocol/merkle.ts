// Merkle trees as RFC 6962 section 2.1 defines them: over a unit's rows here, over receipts later.
import { sha256 } from '#sha256';
import { type Bytes, equalBytes } from './bytes.ts';

const leafPrefix = new Uint8Array([0]);
const nodePrefix = new Uint8Array([1]);

export function leafHash(leaf: Uint8Array): Bytes {
  return sha256(leafPrefix, leaf);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Bytes {
  return sha256(nodePrefix, left, right);
}

/** The largest power of two below `size` (size at least 2). */
function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Root over leaf hashes; the empty tree's is sha256 of nothing. */
export function rootOfHashes(hashes: readonly Uint8Array[]): Bytes {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return new Uint8Array(hashes[0]);
  const split = splitPoint(hashes.length);
  return nodeHash(rootOfHashes(hashes.slice(0, split)), rootOfHashes(hashes.slice(split)));
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

export interface InclusionClaim {
  /** leafHash of the leaf, 32 bytes. */
  hash: Uint8Array;
  index: number;
  size: number;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, proof, root } = claim;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size)) return false;
  if (index < 0 || index >= size || claim.hash.length !== 32) return false;
  let position = index;
  let last = size - 1;
  let hash = new Uint8Array(claim.hash);
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(hash, root);
}
