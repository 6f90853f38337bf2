// The calls that the contract is sent, as data of a transaction, each with the name under which the
// journal keeps it: one name, one transaction.
import { encodeFunctionData } from 'viem';
import type { Hex } from './epoch-books.ts';
import type { Epoch } from './epoch-files.ts';
import type { ClaimProof, ManyClaims } from './proof-file.ts';
import { settlementAbi } from './settlement-abi.ts';
import type { SpendingOrder } from './spending-order.ts';

export interface Call {
  /** Sent once under this name, whatever happens in between. */
  purpose: string;
  data: Hex;
}

export function postCall(number: number, epoch: Epoch): Call {
  const args = [BigInt(number), epoch] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'post', args });
  return { purpose: `post/${number}`, data };
}

/** An order is known to the contract before anything is spent under it. */
export function registerCall(order: SpendingOrder, orderHash: Hex, signature: Hex): Call {
  const args = [order, signature] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'registerOrder', args });
  return { purpose: `register/${orderHash}`, data };
}

export interface Collection {
  order: SpendingOrder;
  orderHash: Hex;
  signature: Hex;
  /** Under the order before, as the chain says. */
  taken: bigint;
  cumulative: bigint;
  proof: readonly Hex[];
}

/** A debit that grew, or was taken in part, is another purpose. */
export function collectCall(collection: Collection): Call {
  const { order, orderHash, signature, taken, cumulative, proof } = collection;
  const args = [order, signature, cumulative, proof] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'collect', args });
  return { purpose: `collect/${orderHash}/${taken}-${cumulative}`, data };
}

/** @param paid to the account before, as the chain says: the rest of a claim is another purpose */
export function claimCall({ account, cumulative, proof }: ClaimProof, paid: bigint): Call {
  const args = [account, cumulative, proof] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'claim', args });
  return { purpose: `claim/${account}/${paid}-${cumulative}`, data };
}

/** @param name of the relayer's batch, such as `3/17`: the epoch and the batch's number in it */
export function claimManyCall(name: string, claims: ManyClaims): Call {
  const { accounts, cumulatives, proof, proofFlags } = claims;
  const args = [accounts, cumulatives, proof, proofFlags] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'claimMany', args });
  return { purpose: `claim-many/${name}`, data };
}
