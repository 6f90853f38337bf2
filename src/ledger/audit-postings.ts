// The books against the log, in one pass over its leaves: the postings of each group are the sums
// of its receipts' credits, account by account, and the groups cover the log without a gap.
import type { LogEntry } from '#protocol/log-entry.ts';
import type { LogGroup } from '#protocol/log-group.ts';
import type { Faults } from './audit-fault.ts';
import { earnedAccount } from './postings.ts';

export interface PostingsAudit {
  /** The groups that begin in the next leaves, before those leaves. */
  expect(groups: readonly LogGroup[]): void;
  /** Each leaf in order; null for one that cannot be believed. */
  take(leaf: number, entry: LogEntry | null): void;
  /** Sums over the whole log, by ledger account. */
  totals(): Map<string, bigint>;
}

type Sums = Map<string, bigint>;

function add(sums: Sums, account: string, amount: bigint): void {
  const sum = (sums.get(account) ?? 0n) + amount;
  if (sum === 0n) sums.delete(account);
  else sums.set(account, sum);
}

export function createPostingsAudit(faults: Faults): PostingsAudit {
  const waiting: LogGroup[] = [];
  const all: Sums = new Map();
  let group: LogGroup | null = null;
  let said: Sums = new Map();
  let believed = true;

  function begin(leaf: number): void {
    const [next] = waiting;
    if (next?.first === leaf) waiting.shift();
    // One fault for the gap, not one for each of its leaves.
    else if (group !== null || leaf === 0) {
      faults.add('ledger/group-missing', leaf, `No published transfer pays for leaf ${leaf}.`);
    }
    group = next?.first === leaf ? next : null;
    said = new Map();
    believed = true;
  }

  return {
    expect: (groups) => void waiting.push(...groups),
    take(leaf, entry) {
      if (group === null || leaf >= group.first + group.count) begin(leaf);
      if (entry === null) believed = false;
      else if (entry.kind !== 'rotation') {
        for (const sums of [said, all]) {
          add(sums, entry.payer, -BigInt(entry.credit));
          add(sums, earnedAccount(entry.account), BigInt(entry.credit));
        }
      }
      const ends = group !== null && leaf === group.first + group.count - 1;
      if (group && ends && believed) compare(faults, group, said);
    },
    totals: () => all,
  };
}

function compare(faults: Faults, group: LogGroup, said: Sums): void {
  const posted: Sums = new Map();
  for (const { account, amount } of group.postings) add(posted, account, BigInt(amount));
  const last = group.first + group.count - 1;
  for (const account of new Set([...posted.keys(), ...said.keys()])) {
    const [moved, told] = [posted.get(account) ?? 0n, said.get(account) ?? 0n];
    if (moved === told) continue;
    const where = `The transfer of leaves ${group.first} to ${last}`;
    const what = `posts ${moved} to ${account} where its receipts say ${told}.`;
    faults.add('ledger/posting-altered', group.first, `${where} ${what}`);
  }
}
