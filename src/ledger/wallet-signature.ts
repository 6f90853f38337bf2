// Who signed a statement (a grant, a binding, a revocation): the account's own key, told from the
// signature alone, or a wallet that is a contract, which only its chain can tell.
import { type Hex, hashTypedData, recoverAddress } from 'viem';
import { fromHex, toHex } from '#protocol/bytes.ts';
import type { WalletCheck } from '#protocol/receipt.ts';

export interface WalletStatement {
  /** 0x address that is said to have signed. */
  account: string;
  /** EIP-712 digest; hashStatement has it. */
  hash: Hex;
  signature: Uint8Array;
}

/** Asks the chain about a contract; null: it is none, or says no. @throws chain/... */
export type AskChain = (statement: WalletStatement) => Promise<WalletCheck | null>;

/** How it was signed: by the account's key, or as the chain said; null: it was not. */
export type WalletWord = 'key' | WalletCheck | null;

interface TypedData {
  domain: object;
  types: Record<string, readonly { name: string; type: string }[]>;
  primaryType: string;
  message: Record<string, unknown>;
}

/** Half of secp256k1's order, 32 bytes. */
const halfOrder = fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

/**
 * Addresses in lower case, which are the same bytes: viem throws at one whose capitals are no checksum.
 * @param data as grantTypedData and its like give it
 */
export function hashStatement({ message, ...data }: TypedData): Hex {
  const addresses = data.types[data.primaryType].filter(({ type }) => type === 'address');
  const lowered = addresses.map(({ name }) => [name, String(message[name]).toLowerCase()]);
  const whole = { ...data, message: { ...message, ...Object.fromEntries(lowered) } };
  return hashTypedData(whole as Parameters<typeof hashTypedData>[0]);
}

/** A malformed signature is no signature. */
export async function isSignedByKey({
  account,
  hash,
  signature,
}: WalletStatement): Promise<boolean> {
  if (signature.length !== 65) return false;
  const signer = await recoverAddress({ hash, signature: `0x${toHex(signature)}` }).catch(
    () => null,
  );
  return signer?.toLowerCase() === account.toLowerCase();
}

/**
 * For every kind of wallet: an ordinary account (by ECDSA, the chain is not asked), a contract (ERC-1271),
 * and one that is not deployed yet (ERC-6492).
 * @throws what `askChain` throws
 */
export async function verifyWalletSignature(
  statement: WalletStatement,
  askChain: AskChain,
): Promise<WalletWord> {
  return (await isSignedByKey(statement)) ? 'key' : askChain(statement);
}

/** The one form that OpenZeppelin's ECDSA takes: 65 bytes, s in the low half, v 27 or 28. */
export function isCanonical(signature: Uint8Array): boolean {
  if (signature.length !== 65) return false;
  const [v] = signature.subarray(64);
  const highS = Buffer.compare(signature.subarray(32, 64), halfOrder) > 0;
  return (v === 27 || v === 28) && !highS;
}
