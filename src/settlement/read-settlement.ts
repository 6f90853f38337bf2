// What the contract says at one block, and what it said since the first: the reading half of the
// chain client.
import type { ContractEventName, GetContractEventsReturnType } from 'viem';
import { assert } from '#protocol/errors.ts';
import type { Chain } from './chain.ts';
import type { Hex } from './epoch-books.ts';
import type { Epoch } from './epoch-files.ts';
import { settlementAbi } from './settlement-abi.ts';

export type EpochStatus = 'none' | 'pending' | 'disputed' | 'final' | 'struck';

/** In the contract's order. */
const statuses: readonly EpochStatus[] = ['none', 'pending', 'disputed', 'final', 'struck'];

export interface PostedEpoch {
  number: number;
  status: EpochStatus;
  epoch: Epoch;
}

export interface SettlementTotals {
  /** In deposits now. */
  held: bigint;
  /** From deposits, and given, ever. */
  collected: bigint;
  /** What claims can be paid from: the contract's tokens less deposits and bonds. */
  unpaid: bigint;
}

export interface SettlementState {
  block: bigint;
  /** Whatever became of it. */
  lastPosted: number;
  /** The epoch that counts; 0 before the first. */
  finalEpoch: number;
  totals: SettlementTotals;
  bondHeld: bigint;
}

export async function readState(chain: Chain, block: bigint): Promise<SettlementState> {
  const at = { address: chain.settlement, abi: settlementAbi, blockNumber: block } as const;
  return chain.ask('show the contract', async (client) => {
    const [lastPosted, finalEpoch, totals, bondHeld] = await Promise.all([
      client.readContract({ ...at, functionName: 'lastPosted' }),
      client.readContract({ ...at, functionName: 'finalEpoch' }),
      client.readContract({ ...at, functionName: 'totals' }),
      client.readContract({ ...at, functionName: 'bondHeld' }),
    ]);
    const [held, collected, unpaid] = totals;
    return {
      block,
      lastPosted: Number(lastPosted),
      finalEpoch: Number(finalEpoch),
      totals: { held, collected, unpaid },
      bondHeld,
    };
  });
}

export async function readPosted(
  chain: Chain,
  number: number,
  block: bigint,
): Promise<PostedEpoch> {
  const at = { address: chain.settlement, abi: settlementAbi, blockNumber: block } as const;
  const args = [BigInt(number)] as const;
  return chain.ask(`show epoch ${number}`, async (client) => {
    const [status, epoch] = await Promise.all([
      client.readContract({ ...at, functionName: 'statusOf', args }),
      client.readContract({ ...at, functionName: 'epochOf', args }),
    ]);
    assert(status < statuses.length, 'the contract has these five');
    return { number, status: statuses[status], epoch };
  });
}

/** All that an account has been paid. */
export async function readClaimed(chain: Chain, account: Hex, block: bigint): Promise<bigint> {
  const at = { address: chain.settlement, abi: settlementAbi, blockNumber: block } as const;
  return chain.ask('show what was claimed', (client) =>
    client.readContract({ ...at, functionName: 'claimed', args: [account] }),
  );
}

export interface OrderState {
  /** All that was collected under it. */
  taken: bigint;
  /** Seconds since 1970; 0 where it was not revoked. */
  revokedAt: bigint;
  registered: boolean;
}

export async function readOrderState(chain: Chain, order: Hex, block: bigint): Promise<OrderState> {
  const at = { address: chain.settlement, abi: settlementAbi, blockNumber: block } as const;
  const [taken, revokedAt, registered] = await chain.ask('show an order', (client) =>
    client.readContract({ ...at, functionName: 'orderState', args: [order] }),
  );
  return { taken, revokedAt, registered };
}

/** Of a requester's deposit, what new work may count on. */
export async function readAvailable(chain: Chain, requester: Hex, block: bigint): Promise<bigint> {
  const at = { address: chain.settlement, abi: settlementAbi, blockNumber: block } as const;
  return chain.ask('show what a requester has', (client) =>
    client.readContract({ ...at, functionName: 'availableTo', args: [requester] }),
  );
}

export interface EventRange {
  fromBlock: bigint;
  toBlock: bigint;
}

/** Blocks of one question: what public nodes allow. */
const eventBlocksMax = 2_000n;

/** In the chain's order. */
export async function readEvents<const Name extends ContractEventName<typeof settlementAbi>>(
  chain: Chain,
  eventName: Name,
  { fromBlock, toBlock }: EventRange,
) {
  const events: GetContractEventsReturnType<typeof settlementAbi, Name, true>[number][] = [];
  for (let from = fromBlock; from <= toBlock; from += eventBlocksMax) {
    const last = from + eventBlocksMax - 1n;
    const part = await chain.ask(`show its ${eventName} events`, (client) =>
      client.getContractEvents({
        address: chain.settlement,
        abi: settlementAbi,
        eventName,
        fromBlock: from,
        toBlock: last < toBlock ? last : toBlock,
        strict: true,
      }),
    );
    events.push(...(part as typeof events));
  }
  return events;
}
