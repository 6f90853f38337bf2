// A file of proofs: all leaves of an epoch whose address has one prefix, with the nodes that prove
// them. One GET brings a claimer its amount and its proof; a relayer merges several into one multiproof.
// Whoever reads one checks it against the root first: on chain, or in the epoch's manifest.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { IdlewildError } from '#protocol/errors.ts';
import type { Credit, EpochBooks, Hex } from './epoch-books.ts';
import {
  creditEncoding,
  creditLeaf,
  debitEncoding,
  debitLeaf,
  type EpochTree,
  treeIndexOf,
} from './epoch-tree.ts';
import { listSiblings, type MultiProof, proveLeaf, proveLeaves } from './merkle-proof.ts';

export type TreeName = 'credits' | 'debits';

/** As it lies in the file; amounts are decimal. */
export interface ProofFile {
  format: 'idlewild-epoch-proofs/1';
  epoch: number;
  tree: TreeName;
  root: Hex;
  leafEncoding: string[];
  values: { value: string[]; treeIndex: number }[];
  /** By index in the tree, as OpenZeppelin lays it out: node i is over 2i + 1 and 2i + 2. */
  nodes: Record<string, Hex>;
}

/** Hex digits: 4,096 files, of 25 accounts each where there are 100,000. */
const prefixDigits = 3;
/** Of a file that is read: a thousand accounts of one prefix. */
const proofFileBytesMax = 4 << 20;

export function proofFileName(tree: TreeName, address: Hex): string {
  return `${tree}/${address.slice(2, 2 + prefixDigits).toLowerCase()}.json`;
}

export interface ProofFilesOptions {
  epoch: number;
  books: EpochBooks;
  trees: Record<TreeName, EpochTree>;
}

/** By name, one after the other. */
export function* makeProofFiles(
  options: ProofFilesOptions,
): Generator<{ name: string; file: ProofFile }> {
  const { credits, debits } = options.books;
  const creditValues = credits.map((one) => [one.account, creditLeaf(one).map(String)] as const);
  yield* makeFiles(options, 'credits', creditValues);
  const debitValues = debits.map((one) => [one.requester, debitLeaf(one).map(String)] as const);
  yield* makeFiles(options, 'debits', debitValues);
}

function* makeFiles(
  { epoch, trees }: ProofFilesOptions,
  tree: TreeName,
  leaves: readonly (readonly [address: Hex, value: string[]])[],
) {
  const leafEncoding = tree === 'credits' ? creditEncoding : debitEncoding;
  const { root, nodes } = trees[tree];
  for (let from = 0; from < leaves.length; ) {
    const name = proofFileName(tree, leaves[from][0]);
    const values: ProofFile['values'] = [];
    const kept: Record<string, Hex> = {};
    let leaf = from;
    for (; leaf < leaves.length && proofFileName(tree, leaves[leaf][0]) === name; leaf++) {
      const treeIndex = treeIndexOf(leaf, leaves.length);
      values.push({ value: leaves[leaf][1], treeIndex });
      for (const sibling of listSiblings(treeIndex)) kept[sibling] = nodes[sibling];
    }
    const format = 'idlewild-epoch-proofs/1' as const;
    yield { name, file: { format, epoch, tree, root, leafEncoding, values, nodes: kept } };
    from = leaf;
  }
}

/**
 * Checks every leaf of a file from anywhere.
 * @param root that the reader believes, from the chain or a checked manifest
 * @throws settlement/proof-file-wrong
 */
export function readProofFile(text: string, tree: TreeName, root: Hex): ProofFile {
  if (text.length > proofFileBytesMax) {
    throw wrong(`It is above proofFileBytesMax (${proofFileBytesMax}).`);
  }
  const file = parseFile(text);
  const leafEncoding = tree === 'credits' ? creditEncoding : debitEncoding;
  if (file.format !== 'idlewild-epoch-proofs/1' || file.tree !== tree) {
    throw wrong(`It is no file of ${tree} in the format idlewild-epoch-proofs/1.`);
  }
  if (file.root !== root) throw wrong(`It is of the root ${file.root}, not of ${root}.`);
  for (const { value, treeIndex } of file.values) {
    if (isProven({ root, leafEncoding, value, proof: proofIn(file, treeIndex) })) continue;
    throw wrong(`Its nodes do not prove ${value.join(', ')}.`);
  }
  return { ...file, leafEncoding };
}

function parseFile(text: string): ProofFile {
  try {
    const file = JSON.parse(text) as ProofFile;
    const sound =
      Array.isArray(file.values) &&
      typeof file.nodes === 'object' &&
      file.values.every(
        ({ value, treeIndex }) =>
          Number.isSafeInteger(treeIndex) &&
          treeIndex >= 0 &&
          treeIndex < 2 ** 31 &&
          value.every((part) => typeof part === 'string'),
      );
    if (sound) return file;
  } catch (cause) {
    throw wrong('It cannot be read.', cause);
  }
  throw wrong('It lacks its leaves or its nodes.');
}

interface Proven {
  root: Hex;
  leafEncoding: string[];
  value: string[];
  proof: Hex[];
}

function isProven({ root, leafEncoding, value, proof }: Proven): boolean {
  try {
    return StandardMerkleTree.verify(root, leafEncoding, value, proof);
  } catch {
    return false;
  }
}

export interface ClaimProof extends Credit {
  proof: Hex[];
}

/** @param file checked; null where the account has nothing in this epoch */
export function proofOfAccount(file: ProofFile, account: Hex): ClaimProof | null {
  const wanted = account.toLowerCase();
  const found = file.values.find(({ value }) => value[0] === wanted);
  if (!found) return null;
  const cumulative = BigInt(found.value[1]);
  return { account: found.value[0] as Hex, cumulative, proof: proofIn(file, found.treeIndex) };
}

/** @param file checked, of debits; null where the order has none in this epoch */
export function proofOfOrder(file: ProofFile, requester: Hex, order: Hex) {
  const wanted = `${lower(requester)}/${lower(order)}`;
  const found = file.values.find(({ value }) => `${value[0]}/${value[1]}` === wanted);
  if (!found) return null;
  return { cumulative: BigInt(found.value[2]), proof: proofIn(file, found.treeIndex) };
}

export interface ManyClaims extends Omit<MultiProof, 'treeIndices'> {
  accounts: Hex[];
  cumulatives: bigint[];
}

/** One multiproof over several checked files of one epoch; accounts without credit are left out. */
export function proveMany(files: readonly ProofFile[], accounts: readonly Hex[]): ManyClaims {
  const wanted = new Set<string>(accounts.map(lower));
  const values = files.flatMap((file) => file.values).filter(({ value }) => wanted.has(value[0]));
  const byIndex = new Map(values.map(({ value, treeIndex }) => [treeIndex, value]));
  const nodes = Object.assign({}, ...files.map((file) => file.nodes)) as Record<string, Hex>;
  const { treeIndices, ...rest } = proveLeaves([...byIndex.keys()], (treeIndex) =>
    nodeAt(nodes, treeIndex),
  );
  const leaves = treeIndices.map((treeIndex) => byIndex.get(treeIndex) ?? []);
  return {
    accounts: leaves.map(([account]) => account as Hex),
    cumulatives: leaves.map(([, cumulative]) => BigInt(cumulative)),
    ...rest,
  };
}

function proofIn(file: ProofFile, treeIndex: number): Hex[] {
  return proveLeaf(treeIndex, (wanted) => nodeAt(file.nodes, wanted));
}

function nodeAt(nodes: Record<string, Hex>, treeIndex: number): Hex {
  const node = nodes[treeIndex];
  if (typeof node !== 'string') throw wrong(`It lacks the node ${treeIndex}.`);
  return node;
}

function lower(text: string): Hex {
  return text.toLowerCase() as Hex;
}

function wrong(what: string, cause?: unknown): IdlewildError {
  return new IdlewildError('settlement/proof-file-wrong', `A file of proofs is wrong. ${what}`, {
    metaMessages: ['Take it from another place; any copy that agrees with the root will do.'],
    cause,
  });
}
