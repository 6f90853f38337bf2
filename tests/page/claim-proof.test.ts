// The page reads its leaf out of an epoch's file as the settlement does, and believes no file that lacks
// something.
import { afterEach, expect, test, vi } from 'vitest';
import '#words/say-payout.ts';
import { fetchLeaf, readLeaf } from '#page/claim-proof.ts';
import { buildCreditsTree, buildDebitsTree } from '#settlement/epoch-tree.ts';
import { makeProofFiles, type ProofFile, proofOfAccount } from '#settlement/proof-file.ts';
import { makeBooks } from '../settlement/epoch-lab.ts';

function filesOf(accounts: number) {
  const books = makeBooks(accounts, 1);
  const trees = { credits: buildCreditsTree(books), debits: buildDebitsTree(books) };
  const files = [...makeProofFiles({ epoch: 3, books, trees })];
  return { books, files: files.filter(({ name }) => name.startsWith('credits/')) };
}

test.each([1, 2, 3, 100])('of %i accounts each finds the amount and the proof', (accounts) => {
  const { books, files } = filesOf(accounts);
  for (const { account } of books.credits) {
    const { file } = files.find(({ name }) => name.includes(account.slice(2, 5)))!;
    const known = proofOfAccount(file, account);
    const through = JSON.parse(JSON.stringify(file));
    const { cumulative, proof } = known!;
    expect(readLeaf(through, account)).toEqual({ cumulative, proof });
  }
});

const [{ file }] = filesOf(40).files;
const [{ value }] = file.values;
const change = (changed: Partial<Record<keyof ProofFile, unknown>>) => ({ ...file, ...changed });

test.each([
  ['nothing', null],
  ['words', 'no file'],
  ['a file without nodes', change({ nodes: null })],
  ['a file without leaves', change({ values: undefined })],
  ['a file that lacks a node', change({ nodes: {} })],
  ['a place that is none', change({ values: [{ value, treeIndex: -1 }] })],
  ['a place too deep', change({ values: [{ value, treeIndex: 2 ** 52 }] })],
  ['an amount that is none', change({ values: [{ value: [value[0], '-1'], treeIndex: 3 }] })],
])('%s is refused', (_, given) => {
  expect(() => readLeaf(given, value[0])).toThrow(
    expect.objectContaining({ code: 'settlement/proof-file-wrong' }),
  );
});

test('whoever is not in the file has nothing there', () => {
  expect(readLeaf(file, `0x${'0'.repeat(40)}`)).toBeNull();
});

afterEach(() => vi.unstubAllGlobals());

test('an epoch without the file, one that is broken, and no network', async () => {
  const answers: (() => Promise<Response>)[] = [
    async () => new Response('', { status: 404 }),
    async () => new Response('', { status: 500 }),
    async () => new Response('<html>'),
    async () => Promise.reject(new TypeError('Failed to fetch')),
    async () => Response.json(file),
  ];
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return answers.shift()!();
  });
  const fetched = () => fetchLeaf(3, value[0]);
  expect(await fetched()).toBeNull();
  await expect(fetched()).rejects.toMatchObject({ code: 'settlement/files-away' });
  await expect(fetched()).rejects.toMatchObject({ code: 'settlement/proof-file-wrong' });
  await expect(fetched()).rejects.toMatchObject({ code: 'settlement/files-away' });
  expect(await fetched()).toMatchObject({ epoch: 3, cumulative: BigInt(value[1]) });
  expect(new Set(asked)).toEqual(new Set([`/v1/epochs/3/credits/${value[0].slice(2, 5)}.json`]));
});
