// Trees, proofs and files of proofs, held against OpenZeppelin's own.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { expect, test } from 'vitest';
import { buildCreditsTree, buildDebitsTree, creditEncoding } from '#settlement/epoch-tree.ts';
import {
  makeProofFiles,
  type ProofFile,
  proofFileName,
  proofOfAccount,
  proofOfOrder,
  proveMany,
  readProofFile,
} from '#settlement/proof-file.ts';
import { addressOf, hashOf, makeBooks } from './epoch-lab.ts';

const encodings = { credits: creditEncoding, debits: ['address', 'bytes32', 'uint256'] };

function makeEpoch(accounts: number, orders: number) {
  const books = makeBooks(accounts, orders);
  const trees = { credits: buildCreditsTree(books), debits: buildDebitsTree(books) };
  const files = new Map<string, ProofFile>();
  for (const { name, file } of makeProofFiles({ epoch: 1, books, trees })) {
    const [tree] = name.split('/') as ['credits' | 'debits'];
    files.set(name, readProofFile(JSON.stringify(file), tree, trees[tree].root));
  }
  const fileOf = (account: `0x${string}`) => files.get(proofFileName('credits', account));
  return { books, trees, files, fileOf };
}

test('a tree without leaves has the root zero, and no files', () => {
  const { trees, files } = makeEpoch(0, 0);
  expect(trees.credits.root).toBe(`0x${'0'.repeat(64)}`);
  expect(files.size).toBe(0);
});

test.each([1, 2, 3, 5, 8, 37])('each of %i accounts finds its proof in its file', (accounts) => {
  const { books, trees, files, fileOf } = makeEpoch(accounts, 3);
  for (const { account, cumulative } of books.credits) {
    const found = proofOfAccount(
      fileOf(account)!,
      account.toUpperCase().replace('0X', '0x') as never,
    );
    expect(found).toMatchObject({ account, cumulative });
    const leaf = [account, String(cumulative)];
    const { root } = trees.credits;
    expect(StandardMerkleTree.verify(root, creditEncoding, leaf, found!.proof)).toBe(true);
    const more = [account, String(cumulative + 1n)];
    expect(StandardMerkleTree.verify(root, creditEncoding, more, found!.proof)).toBe(false);
  }
  for (const { requester, order, cumulative } of books.debits) {
    const file = files.get(proofFileName('debits', requester))!;
    const found = proofOfOrder(file, requester, order);
    const leaf = [requester, order, String(cumulative)];
    const { root } = trees.debits;
    expect(StandardMerkleTree.verify(root, encodings.debits, leaf, found!.proof)).toBe(true);
    expect(proofOfOrder(file, requester, hashOf('another'))).toBeNull();
  }
});

test('several files give one multiproof, as OpenZeppelin would', () => {
  const { books, trees, files, fileOf } = makeEpoch(60, 1);
  const accounts = books.credits.filter((_, i) => i % 7 === 2).map(({ account }) => account);
  const used = [...new Set(accounts.map((account) => fileOf(account)!))];
  const many = proveMany(used, [...accounts, addressOf('a stranger')].reverse());
  expect(many.accounts).toEqual(accounts);
  const multiproof = {
    leaves: many.accounts.map((account, i) => [account, String(many.cumulatives[i])]),
    proof: many.proof,
    proofFlags: many.proofFlags,
  };
  const { root } = trees.credits;
  expect(StandardMerkleTree.verifyMultiProof(root, creditEncoding, multiproof)).toBe(true);
  const all = proveMany(
    [...files.values()].filter(({ tree }) => tree === 'credits'),
    books.credits.map(({ account }) => account),
  );
  expect(all.proof).toEqual([]);
  const whole = {
    ...multiproof,
    ...all,
    leaves: all.accounts.map((one, i) => [one, String(all.cumulatives[i])]),
  };
  expect(StandardMerkleTree.verifyMultiProof(root, creditEncoding, whole)).toBe(true);
});

test('a file that was changed anywhere is refused', () => {
  const { books, trees, fileOf } = makeEpoch(20, 1);
  const { account } = books.credits[3];
  const { root } = trees.credits;
  const good = fileOf(account)!;
  const [first] = good.values;
  const [node] = Object.keys(good.nodes);
  const { [node]: _, ...fewer } = good.nodes;
  const wrong: [ProofFile | string, string][] = [
    ['{"values": [', 'cut short'],
    [{ ...good, values: [{ ...first, value: [first.value[0], '999999'] }] }, 'an amount'],
    [{ ...good, values: [{ ...first, value: [addressOf('a thief'), first.value[1]] }] }, 'a name'],
    [{ ...good, values: [{ ...first, treeIndex: first.treeIndex - 1 }] }, 'an index'],
    [{ ...good, values: [{ ...first, treeIndex: -1 }] }, 'no index'],
    [{ ...good, nodes: { ...good.nodes, [node]: hashOf('another node') } }, 'a node'],
    [{ ...good, nodes: fewer }, 'a node less'],
    [{ ...good, root: hashOf('another root') }, 'a root'],
    [{ ...good, tree: 'debits' }, 'the tree'],
  ];
  for (const [file, what] of wrong) {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    expect(() => readProofFile(text, 'credits', root), what).toThrow(
      expect.objectContaining({ code: 'settlement/proof-file-wrong' }),
    );
  }
});
