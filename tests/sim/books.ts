// The simulated ledger: double entry in integers, by the product's own postings. It balances after
// every transfer, or the run ends.
import { recalledAccount, spentAccount, sumPostings } from '#ledger/postings.ts';
import { assert } from '#protocol/errors.ts';

export interface Books {
  /** @param recalled the coordinator pays, since a liar was paid before */
  credit(account: string, amount: number, recalled: boolean): void;
  earned(account: string): number;
  /** @throws internal/assertion unless all balances sum to zero and equal what was credited */
  check(): void;
}

export function openBooks(): Books {
  const balances = new Map<string, bigint>();
  const earned = new Map<string, number>();
  let credited = 0;
  let transfers = 0n;
  return {
    credit(account, amount, recalled) {
      const payer = recalled ? recalledAccount : spentAccount('simulated');
      const postings = sumPostings([{ payer, account, credit: amount }]);
      for (const posting of postings) {
        balances.set(posting.account, (balances.get(posting.account) ?? 0n) + posting.amount);
        transfers += posting.amount;
      }
      assert(transfers === 0n, 'the ledger balances');
      earned.set(account, (earned.get(account) ?? 0) + amount);
      credited += amount;
    },
    earned: (account) => earned.get(account) ?? 0,
    check() {
      const sum = [...balances.values()].reduce((total, amount) => total + amount, 0n);
      assert(sum === 0n, `the ledger sums to zero, not ${sum}`);
      const paid = [...earned.values()].reduce((total, amount) => total + amount, 0);
      assert(paid === credited, 'what was earned was credited');
    },
  };
}
