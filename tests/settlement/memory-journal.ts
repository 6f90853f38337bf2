// The journal's rules without a disk: what a database keeps across a crash, a map keeps here.
import {
  type JournalEntry,
  journalTaken,
  type TransactionJournal,
} from '#settlement/transaction-journal.ts';

export function createMemoryJournal(): TransactionJournal {
  const entries = new Map<number, JournalEntry>();
  const copy = <Value>(value: Value): Value => structuredClone(value);
  const get = (nonce: number) => {
    const entry = entries.get(nonce);
    if (!entry) throw new Error(`The journal has no nonce ${nonce}.`);
    return entry;
  };
  const sorted = () => [...entries.values()].sort((a, b) => a.nonce - b.nonce);
  return {
    async add({ attempt, ...entry }) {
      const unfinished = sorted().find(
        ({ purpose, state }) =>
          purpose === entry.purpose && (state === 'open' || state === 'confirmed'),
      );
      if (unfinished) throw journalTaken(entry.purpose);
      if (entries.has(entry.nonce)) throw journalTaken(`the nonce ${entry.nonce}`);
      entries.set(
        entry.nonce,
        copy({ ...entry, attempts: [attempt], state: 'open', minedHash: null }),
      );
    },
    async addAttempt(nonce, attempt) {
      const entry = get(nonce);
      entries.set(nonce, copy({ ...entry, attempts: [...entry.attempts, attempt] }));
    },
    async setState(nonce, { state, minedHash }) {
      entries.set(nonce, { ...get(nonce), state, minedHash });
    },
    listOpen: async () => copy(sorted().filter(({ state }) => state === 'open')),
    findPurpose: async (wanted) =>
      copy(sorted().findLast(({ purpose }) => purpose === wanted) ?? null),
    findNonce: async (nonce) => copy(entries.get(nonce) ?? null),
  };
}
