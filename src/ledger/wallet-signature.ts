// Who signed a grant: the wallet's account, recovered from its EIP-712 signature.
import { recoverTypedDataAddress } from 'viem';
import { toHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { Grant } from '#protocol/wire.ts';

/** @returns whether the grant's own account signed it; a malformed signature is no signature */
export async function isSignedByAccount(grant: Grant, signature: Uint8Array): Promise<boolean> {
  const { domain, types, primaryType, message } = grantTypedData(grant);
  const signer = await recoverTypedDataAddress({
    domain: { ...domain, chainId: BigInt(domain.chainId) },
    types,
    primaryType,
    message: {
      ...message,
      expiresAt: BigInt(message.expiresAt),
      consentVersion: Number(message.consentVersion),
    },
    signature: `0x${toHex(signature)}`,
  }).catch(() => null);
  return signer?.toLowerCase() === grant.account.toLowerCase();
}
