// The session key: P-256, made in this browser, never leaving it. It signs every envelope; a
// wallet's grant names its public half.
import type { Bytes } from '#protocol/bytes.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** The order of P-256's group (FIPS 186-5). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Node and the browsers name WebCrypto's pair differently; this is either's. */
export type SessionKey = Awaited<ReturnType<typeof createSessionKey>>;

/** A pair whose private half cannot be exported; it survives in IndexedDB as it is. */
export async function createSessionKey() {
  return crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
}

/** The uncompressed point, 65 bytes. */
export async function publicPoint({ publicKey }: SessionKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
}

/** r and s, 64 bytes, over sha256 of `bytes`. */
export async function signWithSessionKey(key: SessionKey, bytes: Bytes): Promise<Bytes> {
  const hashed = { name: 'ECDSA', hash: 'SHA-256' };
  return lowS(new Uint8Array(await crypto.subtle.sign(hashed, key.privateKey, bytes)));
}

/**
 * Of the two signatures s and order - s the smaller, in place: half of all have the larger, which
 * verifiers that forbid malleable signatures (OpenZeppelin's P256) refuse.
 */
export function lowS(signature: Bytes): Bytes {
  let s = 0n;
  for (const byte of signature.subarray(32)) s = (s << 8n) | BigInt(byte);
  if (s <= order / 2n) return signature;
  s = order - s;
  for (let at = 63; at >= 32; at--, s >>= 8n) signature[at] = Number(s & 255n);
  return signature;
}
