// A thread that makes one epoch's trees and files from the books that it is passed, and ends: what
// takes seconds of a core is done here.
import { parentPort, workerData } from 'node:worker_threads';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import type { BuildMessage, BuildReply, EpochJob } from './build-epoch.ts';
import { checkGrowth, type EpochBooks, toTokenBooks } from './epoch-books.ts';
import { readEpochFiles, type WrittenEpoch, writeEpochFiles } from './epoch-files.ts';
import { buildCreditsTree, buildDebitsTree } from './epoch-tree.ts';

const port = parentPort;
assert(port, 'this file runs as a worker');
const fine = {
  credits: [] as EpochBooks['credits'][number][],
  debits: [] as EpochBooks['debits'][number][],
};

port.on('message', async ({ page }: BuildMessage) => {
  if (page) {
    fine.credits.push(...page.credits);
    fine.debits.push(...page.debits);
    return;
  }
  let reply: BuildReply;
  try {
    reply = { written: await build(workerData as EpochJob) };
  } catch (thrown) {
    reply = { error: toIdlewildError(thrown, 'settlement/build-failed').toWire() };
  }
  port.postMessage(reply);
});

async function build(job: EpochJob): Promise<WrittenEpoch> {
  const { folder, number, creditsPerTokenUnit, checkpoint, previous, withheld } = job;
  const books = toTokenBooks(fine, creditsPerTokenUnit);
  if (previous) {
    const before = await readEpochFiles(folder, previous.number, previous.digest);
    checkGrowth(before.books, books);
  }
  const trees = { credits: buildCreditsTree(books), debits: buildDebitsTree(books) };
  return writeEpochFiles({ folder, number, books, trees, checkpoint, withheld });
}
