// The two trees of an epoch, over books in order. Leaves are hashed as OpenZeppelin's
// StandardMerkleTree hashes them, and lie in the books' order: so the accounts of one prefix are
// neighbours, and one small file proves them all.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import type { Credit, Debit, EpochBooks, Hex } from './epoch-books.ts';

export interface EpochTree {
  /** Zero for a tree without leaves. */
  root: Hex;
  /** By index (merkle-proof.ts). */
  nodes: readonly Hex[];
}

export const creditEncoding = ['address', 'uint256'];
export const debitEncoding = ['address', 'bytes32', 'uint256'];

const emptyTree: EpochTree = { root: `0x${'0'.repeat(64)}`, nodes: [] };

export function creditLeaf({ account, cumulative }: Credit): [Hex, bigint] {
  return [account, cumulative];
}

export function debitLeaf({ requester, order, cumulative }: Debit): [Hex, Hex, bigint] {
  return [requester, order, cumulative];
}

/** 12 s of a core for 100,000 accounts: not for a thread that answers anyone. */
export function buildCreditsTree({ credits }: EpochBooks): EpochTree {
  return buildTree(credits.map(creditLeaf), creditEncoding);
}

export function buildDebitsTree({ debits }: EpochBooks): EpochTree {
  return buildTree(debits.map(debitLeaf), debitEncoding);
}

/** Where a leaf of the books lies in the tree. */
export function treeIndexOf(leaf: number, leaves: number): number {
  return 2 * leaves - 2 - leaf;
}

function buildTree(leaves: (Hex | bigint)[][], encoding: string[]): EpochTree {
  if (leaves.length === 0) return emptyTree;
  const { tree } = StandardMerkleTree.of(leaves, encoding, { sortLeaves: false }).dump();
  return { root: tree[0] as Hex, nodes: tree as Hex[] };
}
