// Runs epochs in the tests, step by step, over a lab's chain: blocks and days pass when an epoch waits
// for them.
import { advanceEpoch, closeEpoch, type EpochRunner } from '#settlement/advance-epoch.ts';
import type { EpochBooks } from '#settlement/epoch-books.ts';
import { type EpochState, isOver } from '#settlement/epoch-states.ts';
import type { EpochRecord } from '#settlement/epoch-store.ts';
import { readEvents } from '#settlement/read-settlement.ts';
import { startWorker } from '#store/start-worker.ts';
import { makeBooks } from './epoch-lab.ts';
import { createMemoryEpochs } from './memory-epochs.ts';
import type { SettlementLab } from './settlement-lab.ts';

/** Debits are those of the lab's one order. */
export function makePaidBooks(lab: SettlementLab, accounts: number): EpochBooks {
  const { credits } = makeBooks(accounts, 1);
  const cumulative = credits.reduce((sum, credit) => sum + credit.cumulative, 0n);
  const { order, orderHash } = lab;
  return { credits, debits: [{ requester: order.requester, order: orderHash, cumulative }] };
}

export function makeRunner(
  lab: SettlementLab,
  folder: string,
  booksNow: () => EpochBooks,
): EpochRunner {
  return {
    store: createMemoryEpochs(booksNow),
    sender: lab.sender,
    folder,
    creditsPerTokenUnit: 10n,
    startThread: startWorker,
  };
}

/** What an epoch in this state waits for. */
export async function letPass(lab: SettlementLab, state: EpochState): Promise<void> {
  if (state === 'posting') await lab.mine(2);
  if (state === 'posted') await lab.passDays(2);
}

/** Closes an epoch and sees it to the state that is wanted. */
export async function runTo(
  lab: SettlementLab,
  runner: EpochRunner,
  wanted: EpochState,
): Promise<EpochRecord> {
  let record = (await closeEpoch(runner)) ?? (await runner.store.findLatest());
  while (record && record.state !== wanted && !isOver(record.state)) {
    await letPass(lab, record.state);
    record = await advanceEpoch(runner);
  }
  if (record?.state !== wanted) throw new Error(`The epoch is ${record?.state}, not ${wanted}.`);
  return record;
}

/** Numbers of all epochs ever posted, in order. */
export async function listPosted(lab: SettlementLab): Promise<number[]> {
  const { newest } = await lab.chain.readHead();
  const events = await readEvents(lab.chain, 'EpochPosted', { fromBlock: 0n, toBlock: newest });
  return events.map(({ args }) => Number(args.number));
}
