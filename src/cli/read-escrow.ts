// A requester's account with the contract, at the newest block.
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';

/** Amounts in base units of the token. */
export interface Escrow {
  deposit: bigint;
  /** What new work may count on. */
  available: bigint;
  /** Requested, and not paid yet. */
  withdrawing: bigint;
  /** Until it can be paid, by the contract's clock, which stands still in a pause. */
  waitSeconds: bigint;
}

export async function readEscrow(chain: Chain, requester: Hex): Promise<Escrow> {
  return chain.ask('show a deposit', async (client) => {
    const at = { address: chain.settlement, abi: settlementAbi } as const;
    const args = [requester] as const;
    const [deposit, available, [withdrawing, availableAt], clock] = await Promise.all([
      client.readContract({ ...at, functionName: 'depositOf', args }),
      client.readContract({ ...at, functionName: 'availableTo', args }),
      client.readContract({ ...at, functionName: 'withdrawalOf', args }),
      client.readContract({ ...at, functionName: 'clock' }),
    ]);
    const waits = withdrawing > 0n && availableAt > clock;
    return { deposit, available, withdrawing, waitSeconds: waits ? availableAt - clock : 0n };
  });
}

/** "4 days 3 h", rounded up to the minute below a day. */
export function formatWait(seconds: bigint): string {
  const minutes = Number((seconds + 59n) / 60n);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
