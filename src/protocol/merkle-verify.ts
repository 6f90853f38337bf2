// Proofs in the Merkle trees of merkle.ts, verified: that a leaf is in a tree, and that a tree only
// appends to an older one.
import { sha256 } from '#sha256';
import { equalBytes } from './bytes.ts';
import { nodeHash } from './merkle.ts';

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

export interface ConsistencyClaim {
  /** Leaves of the older tree, and its root. */
  size1: number;
  root1: Uint8Array;
  /** Leaves of the newer tree, and its root. */
  size2: number;
  root2: Uint8Array;
  proof: readonly Uint8Array[];
}

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

/**
 * True if the newer tree only appends to the older one: RFC 9162 section 2.1.4.2. Every tree
 * continues the empty one, by an empty proof. Sizes above 2^53 - 1 are refused.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { size1, root1, size2, root2, proof } = claim;
  if (!Number.isSafeInteger(size1) || !Number.isSafeInteger(size2)) return false;
  if (size1 < 0 || size1 > size2) return false;
  if (size1 === size2) return proof.length === 0 && equalBytes(root1, root2);
  if (size1 === 0) return proof.length === 0 && equalBytes(root1, sha256());
  const path = isPowerOfTwo(size1) ? [root1, ...proof] : proof;
  if (path.length === 0) return false;
  let position = size1 - 1;
  let last = size2 - 1;
  const climb = () => {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  };
  while (position % 2 === 1) climb();
  let [older, newer] = [new Uint8Array(path[0]), new Uint8Array(path[0])];
  for (const sibling of path.slice(1)) {
    if (last === 0 || sibling.length !== 32) return false;
    if (position % 2 === 1 || position === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (position % 2 === 0 && position !== 0) climb();
    } else {
      newer = nodeHash(newer, sibling);
    }
    climb();
  }
  return last === 0 && equalBytes(older, root1) && equalBytes(newer, root2);
}
