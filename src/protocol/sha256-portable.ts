// SHA-256 for browsers, synchronous so that Merkle trees need no promise per node.
import { sha256 as portable } from '@noble/hashes/sha2.js';

export function sha256(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = portable.create();
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
