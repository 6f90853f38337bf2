// Proofs from nodes by their index in the tree: an array in which the children of i are 2i + 1 and
// 2i + 2, as OpenZeppelin's trees are laid out. So one list of nodes serves many leaves, alone or
// together, and no hash is stored twice.
import type { Hex } from './epoch-books.ts';

export interface MultiProof {
  /** Of the leaves, in the order in which the contract wants them. */
  treeIndices: number[];
  proof: Hex[];
  proofFlags: boolean[];
}

function siblingOf(treeIndex: number): number {
  return treeIndex % 2 === 1 ? treeIndex + 1 : treeIndex - 1;
}

function parentOf(treeIndex: number): number {
  return (treeIndex - 1) >> 1;
}

/** Indices of the nodes that prove a leaf, from the leaf up. */
export function listSiblings(treeIndex: number): number[] {
  const siblings: number[] = [];
  for (let at = treeIndex; at > 0; at = parentOf(at)) siblings.push(siblingOf(at));
  return siblings;
}

/** @param nodeAt throws where it has no such node */
export function proveLeaf(treeIndex: number, nodeAt: (treeIndex: number) => Hex): Hex[] {
  return listSiblings(treeIndex).map(nodeAt);
}

/** As OpenZeppelin's multiProofVerify reads it. */
export function proveLeaves(
  leaves: readonly number[],
  nodeAt: (treeIndex: number) => Hex,
): MultiProof {
  const treeIndices = [...new Set(leaves)].sort((a, b) => b - a);
  const queue = [...treeIndices];
  const proof: Hex[] = [];
  const proofFlags: boolean[] = [];
  for (let head = 0; head < queue.length && queue[head] > 0; head++) {
    const sibling = siblingOf(queue[head]);
    const together = queue[head + 1] === sibling;
    proofFlags.push(together);
    queue.push(parentOf(queue[head]));
    if (together) head++;
    else proof.push(nodeAt(sibling));
  }
  return { treeIndices, proof, proofFlags };
}
