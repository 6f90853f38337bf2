// How long accounts were there and had work, summed here from what the coordinator's own answers say and
// written down together now and then: a result's commit pays nothing for it. What a kill takes is less
// than a minute of it, and nobody's credit.
import { rateEpochMs } from '#protocol/price.ts';
import type { Database } from '#store/database.ts';
import type { SeenPresence } from '#store/presence.ts';
import type { SessionPresence } from '#store/work-item.ts';

export interface PresenceBook {
  note(account: string, presence: SessionPresence): void;
  /** Writes down what was noted. It is kept where that fails. */
  flush(): Promise<void>;
}

const flushMs = 60_000;
/** Accounts noted at most: with more of them they are written down sooner. */
const notedMax = 10_000;

export function createPresenceBook(database: Database, now: () => number): PresenceBook {
  let noted = new Map<string, SeenPresence>();
  let flushedAt = now();
  let writing: Promise<void> = Promise.resolve();
  let isWriting = false;

  function add(seen: SeenPresence): void {
    const name = `${seen.epoch} ${seen.account}`;
    const { busyMs, waitingMs } = noted.get(name) ?? { busyMs: 0, waitingMs: 0 };
    if (noted.size >= 2 * notedMax && !noted.has(name)) return;
    noted.set(name, {
      ...seen,
      busyMs: busyMs + seen.busyMs,
      waitingMs: waitingMs + seen.waitingMs,
    });
  }

  async function write(): Promise<void> {
    const seen = [...noted.values()];
    if (seen.length === 0) return;
    noted = new Map();
    isWriting = true;
    try {
      await database.run('addPresence', { seen });
    } catch (thrown) {
      for (const one of seen) add(one);
      throw thrown;
    } finally {
      isWriting = false;
    }
  }

  function flush(): Promise<void> {
    flushedAt = now();
    // One after another: what is written down now was noted until now.
    writing = writing.then(write, write);
    return writing;
  }

  return {
    note(account, { busyMs, waitingMs }) {
      const at = now();
      if (busyMs + waitingMs > 0) {
        add({ account, epoch: Math.floor(at / rateEpochMs), busyMs, waitingMs });
      }
      const due = at >= flushedAt + flushMs || noted.size >= notedMax;
      // Where it fails, a later call tries again.
      if (due && !isWriting) flush().catch(() => {});
    },
    flush,
  };
}
