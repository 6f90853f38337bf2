// One look at the chain: what was sent is seen through, orders are registered, escrows and payments
// read, and the epoch under way, or due, is taken a step further. Each step may be the last before a
// crash: the next look finds what it did.
import { mkdir } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { IdlewildError } from '#protocol/errors.ts';
import {
  advanceEpoch,
  closeEpoch,
  type EpochRunner,
  findStranger,
} from '#settlement/advance-epoch.ts';
import { advanceTransactions } from '#settlement/advance-transactions.ts';
import { openChain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { isOver } from '#settlement/epoch-states.ts';
import { readToken } from '#settlement/read-token.ts';
import type { Sender } from '#settlement/sender.ts';
import type { Database } from '#store/database.ts';
import { checkTerms } from '#store/epoch-close.ts';
import type { StoredEpoch } from '#store/epoch-operations.ts';
import { startWorker } from '#store/start-worker.ts';
import type { SettlementOptions } from './settlement-desk.ts';
import { createEventReader, type EventReader } from './settlement-events.ts';
import { createOrderDesk, type OrderDesk } from './settlement-orders.ts';
import { createPayout, type Payout } from './settlement-payout.ts';
import { createEpochStore, createJournal } from './settlement-store.ts';

export type SettlementTerms = Required<SettlementOptions>;

export interface LookParts {
  database: Database;
  log: Logger;
  chainId: number;
  chainRpc: string;
  chainAnswerMs?: number | undefined;
  folder: string;
  signal: AbortSignal;
  now(): number;
}

interface Seen {
  /** More can be done at once. */
  more: boolean;
  words: string;
  /** Something that waits for its operator, while the rest goes on. */
  fault: IdlewildError | null;
}

export interface ChainLook {
  look(): Promise<Seen>;
  closeNow(): Promise<number | null>;
}

/** What is there once the chain has answered for the first time. */
interface OpenedChain {
  sender: Sender;
  runner: EpochRunner;
  orders: OrderDesk;
  payout: Payout;
  events: EventReader;
}

/** Wei: 1,000 gwei, which main nets ask for on no day but their worst. */
const maxFeePerGas = 10n ** 12n;
const stuckAfterMs = 3 * 60_000;
/** Between two searches for something new, once an epoch is due. */
const quietMs = 10 * 60_000;

export function createChainLook(terms: SettlementTerms, parts: LookParts): ChainLook {
  const { database, now } = parts;
  const latestEpoch = () => database.run('findLatestEpoch', { final: false });
  let opened: OpenedChain | null = null;
  const open = async () => {
    opened ??= await openSettlement(terms, parts);
    return opened;
  };

  /** Until then nothing new is looked for: the search goes through all accounts. */
  let quietUntil = 0;
  const isDue = (latest: StoredEpoch | null, began: number) =>
    now() >= Math.max(quietUntil, (latest?.closedAt ?? began) + terms.epochMs);

  /** @param due whatever the time is */
  async function close(chain: OpenedChain, due: boolean): Promise<number | null> {
    const latest = await latestEpoch();
    if (latest && !(isOver(latest.state) && isPaidOut(latest))) return null;
    const began = await database.run('beginEpochs', { now: now() });
    if (!due && !isDue(latest, began)) return null;
    while (await database.run('countEpoch', { now: now() }));
    const news = latest?.state === 'struck' || (await database.run('hasEpochNews', null));
    if (!news) {
      quietUntil = now() + Math.min(terms.epochMs, quietMs);
      return null;
    }
    const closed = await closeEpoch(chain.runner);
    if (closed) parts.log.info({ epoch: closed.number }, 'epoch closed');
    return closed?.number ?? null;
  }

  async function moveOn(chain: OpenedChain): Promise<Pick<Seen, 'more' | 'words'>> {
    const latest = await latestEpoch();
    if (!latest) return { more: (await close(chain, false)) !== null, words: 'no epoch yet' };
    const { number, state } = latest;
    if (!isOver(state)) {
      const moved = await advanceEpoch(chain.runner);
      const after = moved?.state ?? state;
      if (after !== state) parts.log.info({ epoch: number, state: after }, 'epoch moved');
      return { more: after !== state, words: `epoch ${number} is ${after}` };
    }
    if (!isPaidOut(latest)) {
      const paid = await chain.payout.step(latest);
      const words = `epoch ${number} is final, ${paid.words}`;
      if (paid.done) await database.run('settleEpoch', { number, now: now() });
      return { more: paid.done, words };
    }
    const closed = await close(chain, false);
    const words = closed === null ? `epoch ${number} is ${state}` : `epoch ${closed} is closing`;
    return { more: closed !== null, words };
  }

  return {
    async look() {
      const chain = await open();
      const { atFeeLimit } = await advanceTransactions(chain.sender);
      await chain.orders.step();
      await chain.events.step();
      const moved = await moveOn(chain);
      const fault = await findStranger(chain.runner);
      return {
        ...moved,
        fault: fault ?? (atFeeLimit.length > 0 ? stuck(atFeeLimit[0].purpose) : null),
      };
    },
    closeNow: async () => close(await open(), true),
  };
}

function stuck(purpose: string): IdlewildError {
  const message = `${purpose} waits: blocks ask for more than ${maxFeePerGas} wei for a unit of gas.`;
  return new IdlewildError('settlement/at-fee-limit', message, {
    metaMessages: ['It goes on when gas is cheaper.'],
  });
}

/** One that was struck pays nothing out. */
function isPaidOut({ state, settledAt }: StoredEpoch): boolean {
  return state === 'struck' || settledAt !== null;
}

async function openSettlement(terms: SettlementTerms, parts: LookParts): Promise<OpenedChain> {
  const { database, chainId, chainRpc, chainAnswerMs, folder, now, signal } = parts;
  const { contract, creditsPerTokenUnit, confirmations, poster } = terms;
  const latest = await database.run('findLatestEpoch', { final: false });
  if (latest) checkTerms(latest, { chainId, contract, creditsPerTokenUnit });
  const chain = await openChain({
    url: chainRpc,
    chainId,
    settlement: contract,
    confirmations,
    signal,
    ...(chainAnswerMs !== undefined && { timeoutMs: chainAnswerMs }),
  });
  const { believed: block } = await chain.readHead();
  await database.run('beginChainSeen', { block, token: await readToken(chain) });
  await mkdir(folder, { recursive: true });
  const address = poster.address.toLowerCase() as Hex;
  const sender: Sender = {
    chain,
    account: poster,
    journal: createJournal(database, { chainId, sender: address }),
    maxFeePerGas,
    stuckAfterMs,
    now,
  };
  const store = createEpochStore(database, { chainId, contract, creditsPerTokenUnit, now });
  const startThread = (entry: URL, data: unknown) => startAborted(signal, startWorker(entry, data));
  const runner = { store, sender, folder, creditsPerTokenUnit, startThread };
  return {
    sender,
    runner,
    orders: createOrderDesk(sender, parts),
    payout: createPayout(sender, terms, parts),
    events: createEventReader(sender, parts),
  };
}

/** A build of minutes must not hold up a stop: it is begun again. */
function startAborted(signal: AbortSignal, thread: Worker): Worker {
  const end = () => void thread.terminate();
  signal.addEventListener('abort', end, { once: true });
  thread.once('exit', () => signal.removeEventListener('abort', end));
  return thread;
}
