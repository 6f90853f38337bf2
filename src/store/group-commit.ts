// Group commit: calls that arrive while a transaction runs share the next one, and its fsync. The
// next one follows closely: it is handed over while the one before is written down, and waits in the
// database for its turn.
import { IdlewildError } from '#protocol/errors.ts';

export interface GroupCommit<Item, Outcome> {
  submit(item: Item): Promise<Outcome>;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

export interface GroupCommitOptions<Item, Outcome> {
  /**
   * Commits a group; its outcomes are in the items' order. @param onClosing called when nothing is
   * left but to commit: from then on the next group may come
   */
  commit(items: Item[], onClosing: () => void): Promise<Outcome[]>;
  /** Items of one key never share a group. */
  keyOf(item: Item): string;
  groupMax: number;
  waitingMax: number;
}

interface Waiter<Item, Outcome> {
  item: Item;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** One at work, one that follows. */
const groupsMax = 2;

function isRetryable(thrown: unknown): boolean {
  return thrown instanceof IdlewildError && thrown.retryable;
}

export function createGroupCommit<Item, Outcome>({
  commit,
  keyOf,
  groupMax,
  waitingMax,
}: GroupCommitOptions<Item, Outcome>): GroupCommit<Item, Outcome> {
  let waiting: Waiter<Item, Outcome>[] = [];
  /** A group is at work, and not yet closing. */
  let isOpen = false;
  const running = new Set<Promise<void>>();

  function takeGroup(): Waiter<Item, Outcome>[] {
    const group: Waiter<Item, Outcome>[] = [];
    const rest: Waiter<Item, Outcome>[] = [];
    const keys = new Set<string>();
    for (const waiter of waiting) {
      const key = keyOf(waiter.item);
      const fits = group.length < groupMax && !keys.has(key);
      keys.add(key);
      (fits ? group : rest).push(waiter);
    }
    waiting = rest;
    return group;
  }

  async function commitGroup(group: Waiter<Item, Outcome>[], onClosing: () => void): Promise<void> {
    try {
      const outcomes = await commit(
        group.map(({ item }) => item),
        onClosing,
      );
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index]);
    } catch (thrown) {
      // One call must not take others down with it: each gets a transaction of its own. What has
      // passed by itself, such as a database out of reach, is no call's fault.
      if (group.length > 1 && !isRetryable(thrown)) {
        for (const waiter of group) await commitGroup([waiter], () => {});
      } else for (const { reject } of group) reject(thrown);
    }
  }

  /** Closing ends with the commit at the latest. */
  async function run(group: Waiter<Item, Outcome>[]): Promise<void> {
    isOpen = true;
    let isClosing = false;
    const close = () => {
      if (isClosing) return;
      isClosing = true;
      isOpen = false;
      start();
    };
    await commitGroup(group, close);
    close();
  }

  function start(): void {
    if (isOpen || waiting.length === 0 || running.size >= groupsMax) return;
    const group: Promise<void> = run(takeGroup()).then(() => {
      running.delete(group);
      start();
    });
    running.add(group);
  }

  return {
    submit(item) {
      if (waiting.length >= waitingMax) {
        const message = `${waitingMax} calls wait to be committed (commitWaitingMax).`;
        throw new IdlewildError('coordinator/busy', message, { retryable: true });
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        start();
      });
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
