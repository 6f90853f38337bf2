// What many accounts have been paid, by few questions: a chain without a contract that gathers calls
// is asked by code that is never deployed.
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';

/** Calls of one question: the code that asks them stays within a contract's largest. */
const callsMax = 100;

/** In the order of the accounts, at the newest block. */
export async function readClaimedOf(chain: Chain, accounts: readonly Hex[]): Promise<bigint[]> {
  const claimed: bigint[] = [];
  for (let from = 0; from < accounts.length; from += callsMax) {
    const part = accounts.slice(from, from + callsMax).map((account) => ({
      address: chain.settlement,
      abi: settlementAbi,
      functionName: 'claimed' as const,
      args: [account] as const,
    }));
    const answers = await chain.ask('show what was claimed', (client) =>
      client.multicall({
        contracts: part,
        allowFailure: false,
        deployless: true,
        batchSize: 0,
      }),
    );
    claimed.push(...answers);
  }
  return claimed;
}
