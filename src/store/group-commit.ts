// Group commit: calls that arrive while a transaction runs share the next one, and its fsync.
import { IdlewildError } from '#protocol/errors.ts';

export interface GroupCommit<Item, Outcome> {
  submit(item: Item): Promise<Outcome>;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

export interface GroupCommitOptions<Item, Outcome> {
  /** Commits a group; its outcomes are in the items' order. */
  commit(items: Item[]): Promise<Outcome[]>;
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
  let running: Promise<void> | null = null;

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

  async function commitGroup(group: Waiter<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await commit(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index]);
    } catch (thrown) {
      // One call must not take others down with it: each gets a transaction of its own. What has
      // passed by itself, such as a database out of reach, is no call's fault.
      if (group.length > 1 && !isRetryable(thrown)) {
        for (const waiter of group) await commitGroup([waiter]);
      } else for (const { reject } of group) reject(thrown);
    }
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) await commitGroup(takeGroup());
    running = null;
  }

  return {
    submit(item) {
      if (waiting.length >= waitingMax) {
        const message = `${waitingMax} calls wait to be committed (commitWaitingMax).`;
        throw new IdlewildError('coordinator/busy', message, { retryable: true });
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= run();
      });
    },
    async idle() {
      while (running) await running;
    },
  };
}
