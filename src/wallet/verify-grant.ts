// Who signed a grant: the wallet's account, recovered from its EIP-712 signature. The curve comes with
// it, so whoever needs it fetches it late.
import { grantTypedData } from '#protocol/grant.ts';
import type { Grant } from '#protocol/wire.ts';
import { hashTypedData } from './hash-typed-data.ts';
import { recoverSigner } from './secp256k1.ts';

/** Whether the grant's own account signed it; a malformed signature is no signature. */
export async function isGrantSigned(grant: Grant, signature: Uint8Array): Promise<boolean> {
  try {
    const signer = await recoverSigner(hashTypedData(grantTypedData(grant)), signature);
    return signer === grant.account.toLowerCase();
  } catch {
    return false;
  }
}
