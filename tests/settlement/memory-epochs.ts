// The epochs' store without a disk: what a database keeps across a crash, a map keeps here.
import type { EpochBooks } from '#settlement/epoch-books.ts';
import { type EpochRecord, type EpochStore, epochMoved } from '#settlement/epoch-store.ts';
import { hashOf } from './epoch-lab.ts';

/** @param booksNow the ledger's, read when an epoch is closed */
export function createMemoryEpochs(booksNow: () => EpochBooks): EpochStore {
  const records = new Map<number, EpochRecord>();
  const frozen = new Map<number, EpochBooks>();
  const latest = () => [...records.values()].at(-1) ?? null;
  return {
    findLatest: async () => structuredClone(latest()),
    findFinal: async () =>
      structuredClone([...records.values()].findLast(({ state }) => state === 'final') ?? null),
    async close(number, after) {
      if ((latest()?.number ?? null) !== after) throw epochMoved(number);
      const checkpoint = { size: number * 10, root: hashOf(`log ${number}`) };
      const record: EpochRecord = { number, state: 'closing', checkpoint, written: null };
      records.set(number, record);
      frozen.set(number, structuredClone(booksNow()));
      return structuredClone(record);
    },
    async *readBooks(number) {
      const { credits, debits } = frozen.get(number) ?? { credits: [], debits: [] };
      yield { credits, debits: [] };
      yield { credits: [], debits };
    },
    readWithheld: async () => [],
    async move({ number, from, to, written }) {
      const record = records.get(number);
      if (record?.state !== from) throw epochMoved(number);
      records.set(number, { ...record, state: to, ...(written ? { written } : {}) });
    },
  };
}
