// Keccak-256 as Ethereum hashes: what EIP-712 digests and addresses are made of.
import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Bytes, concatBytes } from './bytes.ts';

/** 32 bytes. */
export function keccak256(...parts: Uint8Array[]): Bytes {
  return new Uint8Array(keccak_256(concatBytes(...parts)));
}
