// Proofs over a log of any size, from whoever can give the hash of a complete subtree: an array in
// tests, tiles in tile-reader.ts. Nothing recurses and nothing is proportional to the tree.
import type { Bytes } from './bytes.ts';
import { assert } from './errors.ts';
import { nodeHash, splitPoint } from './merkle.ts';

/** Hash over the 2^height leaves from `index * 2^height` on, all of them present. */
export type ReadNode = (height: number, index: number) => Bytes | Promise<Bytes>;

interface Range {
  start: number;
  end: number;
}

interface Node {
  height: number;
  index: number;
}

/** The largest complete subtrees that make up a range whose start RFC 6962's splits gave. */
export function completeSubtrees({ start, end }: Range): Node[] {
  const nodes: Node[] = [];
  let from = start;
  while (from < end) {
    let [width, height] = [1, 0];
    while (width * 2 <= end - from) {
      width *= 2;
      height++;
    }
    nodes.push({ height, index: from / width });
    from += width;
  }
  return nodes;
}

/** Folds complete subtrees, the largest and leftmost first, into the hash over all of them. */
export function foldSubtrees(hashes: readonly Bytes[]): Bytes {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** MTH(D[start:end]) of RFC 6962; the range must not be empty. */
export async function hashRange(readNode: ReadNode, range: Range): Promise<Bytes> {
  const hashes: Bytes[] = [];
  for (const { height, index } of completeSubtrees(range)) {
    hashes.push(await readNode(height, index));
  }
  return foldSubtrees(hashes);
}

function assertSizes(small: number, large: number): void {
  assert(Number.isSafeInteger(small) && Number.isSafeInteger(large), 'sizes are safe integers');
  assert(small >= 0 && small <= large, 'the smaller size comes first');
}

/** PATH(index, D[size]) of RFC 6962 section 2.1.1, as the ranges whose hashes it lists. */
function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/** PROOF(size1, D[size2]) of RFC 6962 section 2.1.2, likewise. */
function consistencyRanges(size1: number, size2: number): Range[] {
  const ranges: Range[] = [];
  let [start, end] = [0, size2];
  while (size1 !== end) {
    const middle = start + splitPoint(end - start);
    if (size1 <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // Where the older tree is a complete subtree on the left, the verifier holds its hash already.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

async function hashRanges(readNode: ReadNode, ranges: readonly Range[]): Promise<Bytes[]> {
  const proof: Bytes[] = [];
  for (const range of ranges) proof.push(await hashRange(readNode, range));
  return proof;
}

/** The audit path of leaf `index` in the tree of `size` leaves, nearest sibling first. */
export async function makeInclusionProof(
  readNode: ReadNode,
  index: number,
  size: number,
): Promise<Bytes[]> {
  assertSizes(index + 1, size);
  return hashRanges(readNode, inclusionRanges(index, size));
}

/** What shows that the tree of `size2` leaves begins with the one of `size1`. */
export async function makeConsistencyProof(
  readNode: ReadNode,
  size1: number,
  size2: number,
): Promise<Bytes[]> {
  assertSizes(size1, size2);
  if (size1 === 0) return [];
  return hashRanges(readNode, consistencyRanges(size1, size2));
}
