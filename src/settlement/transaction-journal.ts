// The journal of a sender's transactions: each is durable, signed and all, before it is sent. So after
// a crash the same bytes are sent again, and a nonce is never given to two of our purposes.
//
//   open -> confirmed | reverted     it is in a block that is believed
//   open -> replaced                 another transaction of the sender has its nonce, and is believed
//   any -> open                      the chain turned back further than what was believed
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from './epoch-books.ts';

type TransactionState = 'open' | 'confirmed' | 'reverted' | 'replaced';

/** One signature under the entry's nonce; a later one pays more. */
export interface SignedAttempt {
  hash: Hex;
  /** What is sent. */
  raw: Hex;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Of the coordinator's clock. */
  signedAt: number;
}

export interface JournalEntry {
  purpose: string;
  nonce: number;
  to: Hex;
  data: Hex;
  gas: bigint;
  /** In the order of their making, at least one. */
  attempts: readonly SignedAttempt[];
  state: TransactionState;
  /** Of the attempt that is in the chain, where one is. */
  minedHash: Hex | null;
}

type NewEntry = Omit<JournalEntry, 'state' | 'minedHash' | 'attempts'> & {
  attempt: SignedAttempt;
};

export interface Closing {
  state: TransactionState;
  minedHash: Hex | null;
}

/** Of one sender on one chain. What a promise was kept for is on disk. */
export interface TransactionJournal {
  /** @throws settlement/journal-taken for a nonce or an unfinished purpose that it has already */
  add(entry: NewEntry): Promise<void>;
  addAttempt(nonce: number, attempt: SignedAttempt): Promise<void>;
  setState(nonce: number, closing: Closing): Promise<void>;
  /** In order of nonce. */
  listOpen(): Promise<JournalEntry[]>;
  /** The one of the highest nonce. */
  findPurpose(purpose: string): Promise<JournalEntry | null>;
  findNonce(nonce: number): Promise<JournalEntry | null>;
}

export function journalTaken(what: string): IdlewildError {
  return new IdlewildError('settlement/journal-taken', `The journal has ${what} already.`, {
    retryable: true,
    metaMessages: ['Another process sends from the same account: let one of them do it.'],
  });
}
