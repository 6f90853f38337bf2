// secp256k1 as Ethereum uses it, for device keys and for checks of grants.
import { getPublicKey, recoverPublicKeyAsync, signAsync, utils } from '@noble/secp256k1';
import { type Bytes, concatBytes, toHex } from '#protocol/bytes.ts';
import { keccak256 } from '#protocol/keccak.ts';

/** A private key, 32 bytes. */
export function createPrivateKey(): Bytes {
  return new Uint8Array(utils.randomSecretKey());
}

/** @returns the lower-case 0x address of a private key */
export function addressOf(privateKey: Uint8Array): string {
  return toAddress(getPublicKey(privateKey, false));
}

/**
 * @param digest 32 bytes
 * @returns 65 bytes: r, s in the low half, and v, which is 27 or 28; the same each time (RFC 6979)
 */
export async function signDigest(digest: Bytes, privateKey: Uint8Array): Promise<Bytes> {
  const signed = await signAsync(digest, privateKey, { prehash: false, format: 'recovered' });
  return concatBytes(signed.subarray(1), Uint8Array.of(27 + signed[0]));
}

/**
 * @param signature 65 bytes as of `signDigest`; v may be 0 or 1 too, s may be high
 * @returns the lower-case address that signed
 * @throws an error of the curve for what is no signature
 */
export async function recoverSigner(digest: Bytes, signature: Uint8Array): Promise<string> {
  const recovery = signature.length === 65 ? [0, 1, 27, 28].indexOf(signature[64]) % 2 : -1;
  const recovered = concatBytes(Uint8Array.of(recovery), signature.subarray(0, 64));
  const options = { prehash: false, isCompressed: false };
  return toAddress(await recoverPublicKeyAsync(recovered, digest, options));
}

/** @param point uncompressed, 65 bytes */
function toAddress(point: Uint8Array): string {
  return `0x${toHex(keccak256(point.subarray(1)).subarray(12))}`;
}
