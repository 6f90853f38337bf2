// A spending order: what a requester signs, as EIP-712 typed data of the settlement contract, so that
// a project may spend so much of its deposit. Its struct hash names it in the debits' tree.
import { hashStruct } from 'viem';
import type { Hex } from './epoch-books.ts';

export interface SpendingOrder {
  requester: Hex;
  /** sha256 of the project's id. */
  project: Hex;
  /** In base units of the token. */
  cap: bigint;
  /** Seconds since 1970. */
  expiresAt: bigint;
  nonce: Hex;
}

const types = {
  SpendingOrder: [
    { name: 'requester', type: 'address' },
    { name: 'project', type: 'bytes32' },
    { name: 'cap', type: 'uint256' },
    { name: 'expiresAt', type: 'uint64' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

/** In the shape that wallets and viem take. */
export function orderTypedData(
  order: SpendingOrder,
  { chainId, settlement }: { chainId: number; settlement: Hex },
) {
  return {
    domain: { name: 'Idlewild Settlement', version: '1', chainId, verifyingContract: settlement },
    types,
    primaryType: 'SpendingOrder',
    message: order,
  } as const;
}

export function hashOrder(order: SpendingOrder): Hex {
  return hashStruct({ data: order, types, primaryType: 'SpendingOrder' });
}
