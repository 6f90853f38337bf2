// The one thing a wallet signs: a grant to a session key, as EIP-712 typed data. From then on the
// session key signs every envelope, so the wallet's signature covers each result through it.
import { sha256 } from '#sha256';
import { type Bytes, concatBytes, toHex, utf8 } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import type { Grant } from './wire.ts';

const sessionProofPrefix = utf8('idlewild session proof 1\n');

/** The bytes that a session key signs to prove that it holds its private half. */
export function sessionProofBytes(grant: Grant): Bytes {
  return concatBytes(sessionProofPrefix, encodeCbor({ ...grant }));
}

/** A grant's name in receipts. */
export function grantDigest(grant: Grant): Bytes {
  return sha256(encodeCbor({ ...grant }));
}

const words =
  'Let this browser tab compute for Idlewild and earn credit for this account. ' +
  'This costs nothing and moves no funds.';

/** Typed data of EIP-712, in the shape that wallets and viem take; every number is a string. */
export function grantTypedData(grant: Grant) {
  return {
    domain: { name: 'Idlewild', version: '1', chainId: grant.chainId },
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
      ],
      Grant: [
        { name: 'words', type: 'string' },
        { name: 'account', type: 'address' },
        { name: 'coordinator', type: 'string' },
        { name: 'sessionKey', type: 'bytes' },
        { name: 'nonce', type: 'bytes32' },
        { name: 'expiresAt', type: 'uint64' },
        { name: 'consentVersion', type: 'uint32' },
      ],
    },
    primaryType: 'Grant',
    message: {
      words,
      account: grant.account as `0x${string}`,
      coordinator: grant.coordinator,
      sessionKey: `0x${toHex(grant.sessionKey)}` as const,
      nonce: `0x${toHex(grant.nonce)}` as const,
      expiresAt: String(grant.expiresAt),
      consentVersion: String(grant.consentVersion),
    },
  } as const;
}
