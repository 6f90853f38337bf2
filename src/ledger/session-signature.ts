// P-256 signatures of session keys over envelopes: 64 bytes, r and s, with s in the low half, so
// that one statement has one signature (OpenZeppelin's P256 refuses the other).
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { IdlewildError } from '#protocol/errors.ts';
import { hasLowS } from '#protocol/low-s.ts';

/**
 * @param point uncompressed, 65 bytes
 * @throws session/bad-key unless it lies on the curve
 */
export function openSessionKey(point: Uint8Array): KeyObject {
  try {
    if (point.length !== 65 || point[0] !== 4) throw new Error('not an uncompressed point');
    const coordinate = (from: number) =>
      Buffer.from(point.subarray(from, from + 32)).toString('base64url');
    const key = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(33) };
    return createPublicKey({ key, format: 'jwk' });
  } catch (cause) {
    throw new IdlewildError('session/bad-key', 'The session key is not a P-256 point.', { cause });
  }
}

export function verifySessionSignature(
  message: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  return (
    hasLowS(signature) && verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  );
}
