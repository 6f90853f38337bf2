// The main thread's side of build-epoch-thread.ts: it passes the frozen books on, a page at a time, so
// that nothing holds up those who wait for an answer, and is told the roots. What it costs is in
// docs/settlement.md.
import type { Worker } from 'node:worker_threads';
import { assert, IdlewildError, type WireError } from '#protocol/errors.ts';
import type { EpochBooks, Hex } from './epoch-books.ts';
import type { WrittenEpoch } from './epoch-files.ts';

export interface EpochJob {
  /** Of all epochs' files. */
  folder: string;
  number: number;
  creditsPerTokenUnit: bigint;
  checkpoint: { size: number; root: Hex };
  /** The epoch that counts on chain, below whose amounts none may fall. */
  previous: { number: number; digest: string } | null;
  /** As the store says. */
  withheld: readonly Hex[];
}

export type BuildMessage = { page: EpochBooks } | { page: null };
export type BuildReply = { written: WrittenEpoch } | { error: WireError };

/** Leaves of a page: passing one on takes the main thread 0.2 ms. */
const pageLeavesMax = 1_000;

export interface BuildOptions {
  /** Starts a thread from its source: the store has one. */
  startThread(entry: URL, data: unknown): Worker;
  /** Of the frozen books in the ledger's credit, of pageLeavesMax leaves at most. */
  pages: AsyncIterable<EpochBooks> | Iterable<EpochBooks>;
}

/** @throws settlement/books-malformed, books-fell, files-lost, build-ended (retryable) */
export async function buildEpoch(job: EpochJob, options: BuildOptions): Promise<WrittenEpoch> {
  const entry = new URL('./build-epoch-thread.ts', import.meta.url);
  const thread = options.startThread(entry, job);
  try {
    return await new Promise((resolve, reject) => {
      thread.on('message', (reply: BuildReply) => {
        if ('error' in reply) reject(IdlewildError.fromWire(reply.error));
        else resolve(reply.written);
      });
      thread.on('error', (cause) => reject(ended(cause)));
      thread.on('exit', () => reject(ended()));
      passOn(thread, options.pages).catch(reject);
    });
  } finally {
    await thread.terminate();
  }
}

async function passOn(thread: Worker, pages: BuildOptions['pages']): Promise<void> {
  for await (const page of pages) {
    const leaves = page.credits.length + page.debits.length;
    assert(leaves <= pageLeavesMax, `a page has at most ${pageLeavesMax} leaves`);
    thread.postMessage({ page } satisfies BuildMessage);
    // A page that was at hand leaves no gap by itself.
    await new Promise((resolve) => setImmediate(resolve));
  }
  thread.postMessage({ page: null } satisfies BuildMessage);
}

function ended(cause?: Error): IdlewildError {
  const message = `The thread that builds an epoch ended. ${cause?.message ?? ''}`;
  return new IdlewildError('settlement/build-ended', message.trim(), { retryable: true, cause });
}
