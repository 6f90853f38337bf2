// The leaves of an epoch against the public log, for whoever is not told which device counts for which
// wallet: each wallet has at least what it earned itself, and what wallets have beyond that is no more
// than what accounts without a leaf have earned.
import type { Credit, Hex } from './epoch-books.ts';
import type { Difference } from './reconcile.ts';

export interface LoggedCredits {
  /** In the token's base units. */
  leaves: readonly Credit[];
  /** Backed credit of each account less what it spent, in the ledger's credit. */
  net: ReadonlyMap<Hex, bigint>;
  /** Accounts that were spending: they may have less. */
  withheld: readonly Hex[];
  creditsPerTokenUnit: bigint;
}

/** @returns none where no wallet is short, and nobody has what nobody earned */
export function compareCredits(credits: LoggedCredits): Difference[] {
  const { leaves, net, withheld, creditsPerTokenUnit } = credits;
  const differences: Difference[] = [];
  const may = new Set(withheld);
  const named = new Set(leaves.map(({ account }) => account));
  let beyond = 0n;
  for (const { account, cumulative } of leaves) {
    const own = net.get(account) ?? 0n;
    const has = cumulative * creditsPerTokenUnit;
    if (has > own) beyond += has - own;
    else if (own - has >= creditsPerTokenUnit && !may.has(account)) {
      const expected = `at least ${own / creditsPerTokenUnit}`;
      differences.push(differ(account, expected, cumulative));
    }
  }
  let unnamed = 0n;
  for (const [account, earned] of net) if (!named.has(account)) unnamed += earned;
  if (beyond > unnamed) {
    const expected = `at most ${unnamed / creditsPerTokenUnit} beyond what they earned`;
    differences.push(differ('all wallets', expected, beyond / creditsPerTokenUnit));
  }
  return differences;
}

function differ(subject: string, expected: string, found: bigint): Difference {
  return { code: 'reconcile/credit-not-in-log', subject, expected, found: String(found) };
}
