// What a transaction offers for its gas (EIP-1559), and by how much it is raised when it waits too
// long: nodes take another of the same nonce only for a tenth more, or an eighth.
import type { Chain } from './chain.ts';
import type { SignedAttempt } from './transaction-journal.ts';

export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** Wei; below it, nodes of some chains do not pass a transaction on. */
const priorityFeeMin = 1_000_000n;

/** Room for the base fee to double. */
export async function suggestFees(chain: Chain): Promise<Fees> {
  return chain.ask('say what gas costs', async (client) => {
    const block = await client.getBlock({ blockTag: 'latest' });
    const suggested = await client.estimateMaxPriorityFeePerGas();
    const maxPriorityFeePerGas = suggested > priorityFeeMin ? suggested : priorityFeeMin;
    const base = block.baseFeePerGas ?? 0n;
    return { maxPriorityFeePerGas, maxFeePerGas: 2n * base + maxPriorityFeePerGas };
  });
}

export function capFees(fees: Fees, maxFeePerGas: bigint): Fees {
  const least = (a: bigint, b: bigint) => (a < b ? a : b);
  return {
    maxFeePerGas: least(fees.maxFeePerGas, maxFeePerGas),
    maxPriorityFeePerGas: least(fees.maxPriorityFeePerGas, maxFeePerGas),
  };
}

/** @returns null where an eighth more is above the limit */
export function raiseFees(
  last: Pick<SignedAttempt, keyof Fees>,
  suggested: Fees,
  maxFeePerGas: bigint,
): Fees | null {
  const most = (a: bigint, b: bigint) => (a > b ? a : b);
  const raised: Fees = {
    maxFeePerGas: raise(last.maxFeePerGas),
    maxPriorityFeePerGas: raise(last.maxPriorityFeePerGas),
  };
  if (raised.maxFeePerGas > maxFeePerGas) return null;
  return capFees(
    {
      maxFeePerGas: most(raised.maxFeePerGas, suggested.maxFeePerGas),
      maxPriorityFeePerGas: most(raised.maxPriorityFeePerGas, suggested.maxPriorityFeePerGas),
    },
    maxFeePerGas,
  );
}

/** 12.5 %, rounded up. */
function raise(fee: bigint): bigint {
  return fee + (fee + 7n) / 8n;
}
