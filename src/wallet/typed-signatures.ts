// All that needs the curve, behind one door: 5 kB gz that are fetched when a device key is made or
// signs, or when the signer of a grant is looked for; not by a visit that resumes.
import type { Bytes } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { Grant } from '#protocol/wire.ts';
import { hashTypedData, type TypedData } from './hash-typed-data.ts';
import { addressOf, createPrivateKey, recoverSigner, signDigest } from './secp256k1.ts';

export { addressOf, createPrivateKey };

/** @returns 65 bytes: r, s, v, where v is 27 or 28 */
export function signTypedData(data: TypedData, privateKey: Uint8Array): Promise<Bytes> {
  return signDigest(hashTypedData(data), privateKey);
}

/** Whether the grant's own account signed it; a malformed signature is no signature. */
export async function isGrantSigned(grant: Grant, signature: Uint8Array): Promise<boolean> {
  try {
    const signer = await recoverSigner(hashTypedData(grantTypedData(grant)), signature);
    return signer === grant.account.toLowerCase();
  } catch {
    return false;
  }
}
