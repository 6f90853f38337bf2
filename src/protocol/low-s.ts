// The one form of a P-256 signature that is taken: 64 bytes, r and s, with s in the low half, so that
// one statement has one signature (OpenZeppelin's P256 refuses the other).
import { fromHex } from './bytes.ts';

/** Half of the curve's order, 32 bytes. */
const halfOrder = fromHex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8');

export function hasLowS(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  for (const [i, byte] of halfOrder.entries()) {
    if (signature[32 + i] !== byte) return signature[32 + i] < byte;
  }
  return true;
}
