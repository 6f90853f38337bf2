// One step of an epoch's life, as far as it can go now. Every step may be the last before a crash: what
// it did is found again by the next, and nothing is posted twice. docs/settlement.md has the table.
import type { Worker } from 'node:worker_threads';
import { assert, IdlewildError } from '#protocol/errors.ts';
import { advanceTransactions } from './advance-transactions.ts';
import { buildEpoch } from './build-epoch.ts';
import { checkEpochFiles, type Epoch } from './epoch-files.ts';
import { type EpochEvent, isOver, reactTo } from './epoch-states.ts';
import type { EpochRecord, EpochStore } from './epoch-store.ts';
import { readPosted, readState } from './read-settlement.ts';
import type { Sender } from './sender.ts';
import { postCall } from './settlement-calls.ts';
import { submitCall } from './submit-call.ts';

export interface EpochRunner {
  store: EpochStore;
  /** The contract's poster. */
  sender: Sender;
  /** Of all epochs' files. */
  folder: string;
  creditsPerTokenUnit: bigint;
  startThread(entry: URL, data: unknown): Worker;
}

/**
 * Freezes the books for the contract's next number.
 * @returns null while an epoch is under way, here or on chain
 * @throws settlement/chain-behind, posted-by-another, chain/...
 */
export async function closeEpoch({ store, sender }: EpochRunner): Promise<EpochRecord | null> {
  const latest = await store.findLatest();
  if (latest && !isOver(latest.state)) return null;
  const { chain } = sender;
  const { believed } = await chain.readHead();
  const { lastPosted } = await readState(chain, believed);
  if (latest && lastPosted < latest.number) throw chainBehind(lastPosted, latest.number);
  if (lastPosted > 0) {
    const { status } = await readPosted(chain, lastPosted, believed);
    if (status === 'pending' || status === 'disputed') {
      if (lastPosted > (latest?.number ?? 0)) throw postedByAnother(lastPosted);
      return null;
    }
  }
  return store.close(lastPosted + 1, latest?.number ?? null);
}

/**
 * An epoch that is open on the chain under a number that we do not know: its window is the time to say so.
 * @returns null where all is ours @throws chain/...
 */
export async function findStranger({ store, sender }: EpochRunner): Promise<IdlewildError | null> {
  const { chain } = sender;
  const { believed } = await chain.readHead();
  const { lastPosted } = await readState(chain, believed);
  if (lastPosted <= ((await store.findLatest())?.number ?? 0)) return null;
  const { status } = await readPosted(chain, lastPosted, believed);
  return status === 'pending' || status === 'disputed' ? postedByAnother(lastPosted) : null;
}

/**
 * @returns the epoch after the step; null where there is none, or the latest is over
 * @throws settlement/..., chain/...; what is retryable goes on at the next step
 */
export async function advanceEpoch(runner: EpochRunner): Promise<EpochRecord | null> {
  const record = await runner.store.findLatest();
  if (!record || isOver(record.state)) return null;
  if (record.state === 'closing') return build(runner, record);
  if (record.state === 'built') return post(runner, record);
  return watch(runner, record);
}

async function build(runner: EpochRunner, record: EpochRecord): Promise<EpochRecord> {
  const { store, folder, creditsPerTokenUnit, startThread } = runner;
  const { number, checkpoint } = record;
  const before = await store.findFinal();
  const previous = before?.written
    ? { number: before.number, digest: before.written.digest }
    : null;
  const withheld = await store.readWithheld(number);
  const job = { folder, number, creditsPerTokenUnit, checkpoint, previous, withheld };
  const written = await buildEpoch(job, { startThread, pages: store.readBooks(number) });
  if (record.written) assert(record.written.digest === written.digest, 'books stay as frozen');
  return move(runner, { ...record, written }, { kind: 'built' });
}

async function post(runner: EpochRunner, record: EpochRecord): Promise<EpochRecord> {
  const { number, written } = record;
  assert(written, 'an epoch that is built has its files');
  try {
    await checkEpochFiles(runner.folder, number, written.digest);
  } catch (thrown) {
    const lost = thrown instanceof IdlewildError && thrown.code === 'settlement/files-lost';
    if (lost) return move(runner, record, { kind: 'files-lost' });
    throw thrown;
  }
  const seen = await look(runner, record);
  if (seen) {
    // Sent before this database was restored, or by a replica: take it for submitted.
    return move(runner, record, { kind: 'submitted' });
  }
  await submitCall(runner.sender, postCall(number, written.epoch));
  return move(runner, record, { kind: 'submitted' });
}

async function watch(runner: EpochRunner, record: EpochRecord): Promise<EpochRecord> {
  const { number, written } = record;
  assert(written, 'an epoch that is posted has its files');
  await advanceTransactions(runner.sender);
  const status = await look(runner, record);
  if (status) return move(runner, record, { kind: 'seen', status });
  const { purpose } = postCall(number, written.epoch);
  const entry = await runner.sender.journal.findPurpose(purpose);
  if (record.state !== 'posting') return move(runner, record, { kind: 'seen', status: 'none' });
  if (entry?.state === 'open') return record;
  // Confirmed and not there, the chain turned back: submitCall sends the same bytes again.
  return move(runner, record, { kind: 'unsent' });
}

/** What the contract says of the number, null for nothing. @throws settlement/posted-by-another */
async function look({ sender: { chain } }: EpochRunner, { number, written }: EpochRecord) {
  const { believed } = await chain.readHead();
  const posted = await readPosted(chain, number, believed);
  if (posted.status === 'none') return null;
  if (posted.status !== 'struck' && !(written && isSameEpoch(posted.epoch, written.epoch))) {
    throw postedByAnother(number);
  }
  return posted.status;
}

function isSameEpoch(one: Epoch, other: Epoch): boolean {
  const names = Object.keys(other) as (keyof Epoch)[];
  return names.every((name) => one[name] === other[name]);
}

async function move(
  { store }: EpochRunner,
  record: EpochRecord,
  event: EpochEvent,
): Promise<EpochRecord> {
  const { number, state: from, written } = record;
  const to = reactTo(from, event);
  if (to === from) return record;
  await store.move({ number, from, to, ...(event.kind === 'built' && written ? { written } : {}) });
  return { ...record, state: to };
}

function chainBehind(posted: number, known: number): IdlewildError {
  const message = `The contract's last epoch is ${posted}, ours is ${known}.`;
  return new IdlewildError('settlement/chain-behind', message, {
    metaMessages: ['The node is behind, of another chain, or the contract is a new one.'],
  });
}

function postedByAnother(number: number): IdlewildError {
  return new IdlewildError(
    'settlement/posted-by-another',
    `Epoch ${number} on chain is not ours.`,
    {
      metaMessages: [
        'Dispute it inside its window, pause the contract and name another poster: its key was stolen.',
        'Or a second coordinator, or this one before it was restored, posts for the same contract.',
      ],
    },
  );
}
