// The other side of session-key.ts: whether a session key signed something, by WebCrypto.
import { hasLowS } from '#protocol/low-s.ts';

/**
 * @param point the public half, uncompressed, 65 bytes
 * @param signature r and s, 64 bytes, with low s, over sha256 of `message`
 * @returns false also for a point that lies on no curve
 */
export async function isSignedBySessionKey(
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!hasLowS(signature)) return false;
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const hashed = { name: 'ECDSA', hash: 'SHA-256' };
  const copies = [point, signature, message].map((bytes) => new Uint8Array(bytes));
  try {
    const key = await crypto.subtle.importKey('raw', copies[0], curve, false, ['verify']);
    return await crypto.subtle.verify(hashed, key, copies[1], copies[2]);
  } catch {
    return false;
  }
}
