// The chain's side of a reconciliation, at one block that is believed: the contract's own sums beside
// those of its events, which are kept by every node and can be read by anyone.
import { parseAbi } from 'viem';
import type { Chain } from './chain.ts';
import type { Hex } from './epoch-books.ts';
import {
  readClaimed,
  readEvents,
  readOrderState,
  readPosted,
  readState,
} from './read-settlement.ts';
import type { ChainPicture } from './reconcile.ts';
import { settlementAbi } from './settlement-abi.ts';

const tokenAbi = parseAbi(['function balanceOf(address account) view returns (uint256)']);

export interface PictureOptions {
  /** The block in which the contract was made. */
  fromBlock: bigint;
  /** Numbers of the epochs that are compared. */
  epochs: readonly number[];
}

/** One question for each account that was ever paid, and each order that was ever debited. */
export async function readChainPicture(
  chain: Chain,
  { fromBlock, epochs }: PictureOptions,
): Promise<ChainPicture> {
  const { believed: block } = await chain.readHead();
  const range = { fromBlock, toBlock: block };
  const { finalEpoch, totals, bondHeld } = await readState(chain, block);
  const paid = new Map<Hex, bigint>();
  for (const { args } of await readEvents(chain, 'Claimed', range)) {
    add(paid, args.account, args.amount);
  }
  const debited = new Map<Hex, bigint>();
  for (const { args } of await readEvents(chain, 'Collected', range)) {
    add(debited, args.order, args.amount);
  }
  let given = 0n;
  for (const { args } of await readEvents(chain, 'Covered', range)) given += args.amount;
  for (const { args } of await readEvents(chain, 'EpochUpheld', range)) given += args.forfeited;
  const claims: [Hex, { claimed: bigint; events: bigint }][] = [];
  for (const [account, events] of paid) {
    claims.push([account, { claimed: await readClaimed(chain, account, block), events }]);
  }
  const collections: [Hex, { taken: bigint; events: bigint }][] = [];
  for (const [order, events] of debited) {
    const { taken } = await readOrderState(chain, order, block);
    collections.push([order, { taken, events }]);
  }
  const posted: [number, Awaited<ReturnType<typeof readPosted>>][] = [];
  for (const number of epochs) {
    const one = await readPosted(chain, number, block);
    if (one.status !== 'none') posted.push([number, one]);
  }
  return {
    epochs: new Map(posted),
    finalEpoch,
    claims: new Map(claims),
    collections: new Map(collections),
    given,
    totals,
    bondHeld,
    balance: await readBalance(chain, block),
  };
}

function add(sums: Map<Hex, bigint>, key: Hex, amount: bigint): void {
  const lower = key.toLowerCase() as Hex;
  sums.set(lower, (sums.get(lower) ?? 0n) + amount);
}

async function readBalance(chain: Chain, block: bigint): Promise<bigint> {
  const { settlement } = chain;
  return chain.ask('show what the contract holds', async (client) => {
    const abi = settlementAbi;
    const address = await client.readContract({ address: settlement, abi, functionName: 'token' });
    return client.readContract({
      address,
      abi: tokenAbi,
      functionName: 'balanceOf',
      args: [settlement],
      blockNumber: block,
    });
  });
}
