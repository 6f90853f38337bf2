// The builder's thread: trees and files from the books, while the main thread answers.
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildEpoch, type EpochJob } from '#settlement/build-epoch.ts';
import type { EpochBooks } from '#settlement/epoch-books.ts';
import { sumBooks } from '#settlement/epoch-books.ts';
import { checkEpochFiles, folderOfEpoch, readEpochFiles } from '#settlement/epoch-files.ts';
import { buildCreditsTree } from '#settlement/epoch-tree.ts';
import { startWorker } from '#store/start-worker.ts';
import { hashOf, makeBooks, makeTestFolder } from './epoch-lab.ts';

const job: Omit<EpochJob, 'folder'> = {
  number: 1,
  creditsPerTokenUnit: 1n,
  checkpoint: { size: 7, root: hashOf('log') },
  previous: null,
  withheld: [],
};

function build(folder: string, books: EpochBooks, more: Partial<EpochJob> = {}) {
  const half = books.credits.length >> 1;
  const pages = [
    { credits: books.credits.slice(0, half), debits: [] },
    { credits: books.credits.slice(half), debits: books.debits },
  ];
  return buildEpoch({ ...job, ...more, folder }, { startThread: startWorker, pages });
}

test('an epoch that was built twice has the same root, digest and files', async () => {
  const folder = await makeTestFolder();
  const books = makeBooks(300, 2);
  const first = await build(folder, books);
  expect(first.epoch).toEqual({
    creditsRoot: buildCreditsTree(books).root,
    debitsRoot: expect.any(String),
    ...sumBooks(books),
    logRoot: hashOf('log'),
    logSize: 7n,
  });
  await rm(path.join(folderOfEpoch(folder, 1), 'credits'), { recursive: true });
  expect(await build(folder, books)).toEqual(first);
  expect(await readdir(folder)).toEqual(['1']);
  const read = await readEpochFiles(folder, 1, first.digest);
  expect(read).toEqual({ epoch: first.epoch, books, withheld: [] });
  expect(await checkEpochFiles(folder, 1, first.digest)).toEqual(first.epoch);
});

test('files that were changed, cut short or lost are found', async () => {
  const folder = await makeTestFolder();
  const { digest } = await build(folder, makeBooks(20, 1));
  const home = folderOfEpoch(folder, 1);
  const [name] = await readdir(path.join(home, 'credits'));
  const file = path.join(home, 'credits', name);
  const bytes = await readFile(file);
  const lost = expect.objectContaining({ code: 'settlement/files-lost' });
  await truncate(file, bytes.length - 1);
  await expect(checkEpochFiles(folder, 1, digest)).rejects.toEqual(lost);
  await rm(file);
  await expect(checkEpochFiles(folder, 1, digest)).rejects.toEqual(lost);
  await writeFile(file, bytes);
  await expect(checkEpochFiles(folder, 1, digest)).resolves.toBeDefined();
  await writeFile(path.join(home, 'epoch.json'), '{}');
  await expect(readEpochFiles(folder, 1, digest)).rejects.toEqual(lost);
});

test('books in which an account lost something are not built upon', async () => {
  const folder = await makeTestFolder();
  const { digest } = await build(folder, makeBooks(20, 1));
  const previous = { number: 1, digest };
  const fewer = makeBooks(20, 1);
  fewer.credits[4].cumulative -= 1n;
  await expect(build(folder, fewer, { number: 2, previous })).rejects.toMatchObject({
    code: 'settlement/books-fell',
  });
  const more = makeBooks(30, 1);
  await expect(build(folder, more, { number: 2, previous })).resolves.toMatchObject({
    epoch: sumBooks(more),
  });
  expect((await readdir(folder)).sort()).toEqual(['1', '2']);
});

test('the thread ends with its reason where the books are wrong, or a page cannot be had', async () => {
  const folder = await makeTestFolder();
  await expect(build(folder, { ...makeBooks(3, 1), debits: [] })).rejects.toMatchObject({
    code: 'settlement/books-malformed',
  });
  const pages = (async function* () {
    yield makeBooks(3, 1);
    throw new Error('The database is away.');
  })();
  const options = { startThread: startWorker, pages };
  await expect(buildEpoch({ ...job, folder }, options)).rejects.toThrow('The database is away.');
  expect(await readdir(folder)).toEqual([]);
});
