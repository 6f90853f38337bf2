// Who signed a binding: one of its two accounts, recovered from its EIP-712 signature. Stricter than a
// grant's: a binding may be shown to a contract, and OpenZeppelin's ECDSA takes only this form.
import { recoverTypedDataAddress } from 'viem';
import { type Binding, bindingTypedData } from '#protocol/binding.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';

/** Half of secp256k1's order, 32 bytes. */
const halfOrder = fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

/** @param signature 65 bytes, r, s, v: s in the low half, v 27 or 28; any other is no signature */
export async function isBindingSignedBy(
  binding: Binding,
  account: string,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isCanonical(signature)) return false;
  const { domain, types, primaryType, message } = bindingTypedData(binding);
  const signer = await recoverTypedDataAddress({
    domain: { ...domain, chainId: BigInt(domain.chainId) },
    types,
    primaryType,
    message: { ...message, expiresAt: BigInt(message.expiresAt) },
    signature: `0x${toHex(signature)}`,
  }).catch(() => null);
  return signer?.toLowerCase() === account.toLowerCase();
}

function isCanonical(signature: Uint8Array): boolean {
  if (signature.length !== 65) return false;
  const [v] = signature.subarray(64);
  const highS = Buffer.compare(signature.subarray(32, 64), halfOrder) > 0;
  return (v === 27 || v === 28) && !highS;
}
