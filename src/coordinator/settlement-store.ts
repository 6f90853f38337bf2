// What settlement asks of the database (settlement/epoch-store.ts, transaction-journal.ts), by its
// operations.
import type { EpochBooks } from '#settlement/epoch-books.ts';
import type { EpochStore } from '#settlement/epoch-store.ts';
import type { TransactionJournal } from '#settlement/transaction-journal.ts';
import type { Database } from '#store/database.ts';
import type { EpochToClose } from '#store/epoch-close.ts';
import type { JournalOwner, JournalQuestion } from '#store/epoch-journal.ts';

export interface EpochTerms
  extends Pick<EpochToClose, 'chainId' | 'contract' | 'creditsPerTokenUnit'> {
  now(): number;
}

/** Leaves of one page, as the thread that builds takes them. */
const pageLeavesMax = 1_000;

export function createEpochStore(database: Database, { now, ...terms }: EpochTerms): EpochStore {
  return {
    findLatest: () => database.run('findLatestEpoch', { final: false }),
    findFinal: () => database.run('findLatestEpoch', { final: true }),
    async close(number, after) {
      await database.run('closeEpoch', { number, after, ...terms, now: now() });
      const closed = await database.run('findLatestEpoch', { final: false });
      if (closed?.number !== number) throw new Error('An epoch is there once it was closed.');
      return closed;
    },
    readBooks: (number) => readBooks(database, number),
    readWithheld: (number) => database.run('readWithheld', { number }),
    move: (move) => database.run('moveEpoch', { ...move, now: now() }),
  };
}

async function* readBooks(database: Database, number: number): AsyncGenerator<EpochBooks> {
  const limit = pageLeavesMax;
  for (let after = ''; ; ) {
    const credits = await database.run('readEpochCredits', { number, after, limit });
    if (credits.length > 0) yield { credits, debits: [] };
    if (credits.length < limit) break;
    after = credits[credits.length - 1].account;
  }
  for (let after = ''; ; ) {
    const debits = await database.run('readEpochDebits', { number, after, limit });
    if (debits.length > 0) yield { credits: [], debits };
    if (debits.length < limit) break;
    after = debits[debits.length - 1].order;
  }
}

export function createJournal(database: Database, owner: JournalOwner): TransactionJournal {
  const read = (which: JournalQuestion) => database.run('readJournal', { owner, which });
  return {
    add: (entry) => database.run('addToJournal', { owner, entry }),
    addAttempt: (nonce, attempt) => database.run('addJournalAttempt', { owner, nonce, attempt }),
    setState: (nonce, closing) => database.run('setJournalState', { owner, nonce, ...closing }),
    listOpen: () => read({ open: true }),
    findPurpose: async (purpose) => (await read({ purpose })).at(-1) ?? null,
    findNonce: async (nonce) => (await read({ nonce }))[0] ?? null,
  };
}
