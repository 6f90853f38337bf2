// What a wallet signs, as EIP-712 typed data, to end its sessions: a session key that it named in a grant
// may send nothing more. Its own word alone does it: whoever lost a browser has no session to ask by.
import { type Bytes, toHex } from './bytes.ts';

/** Fields that the signature covers, beside the words. */
export interface Revocation {
  /** Checksummed or lower-case 0x address of the wallet. */
  account: string;
  /** The coordinator's own origin. */
  coordinator: string;
  chainId: number;
  /** The key whose sessions end, 65 bytes; empty for all that were opened before, by any key. */
  sessionKey: Bytes;
  /** Of a challenge (POST /v1/challenges), which says when. */
  nonce: Uint8Array;
}

const words =
  'End the sessions of this account at Idlewild: of the session key named here, or of all where none ' +
  'is named. Credit stays. This costs nothing and moves no funds.';

/** Typed data of EIP-712, in the shape that wallets and viem take; every number is a string. */
export function revocationTypedData(revocation: Revocation) {
  return {
    domain: { name: 'Idlewild', version: '1', chainId: revocation.chainId },
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
      ],
      Revocation: [
        { name: 'words', type: 'string' },
        { name: 'account', type: 'address' },
        { name: 'coordinator', type: 'string' },
        { name: 'sessionKey', type: 'bytes' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'Revocation',
    message: {
      words,
      account: revocation.account as `0x${string}`,
      coordinator: revocation.coordinator,
      sessionKey: `0x${toHex(revocation.sessionKey)}` as const,
      nonce: `0x${toHex(revocation.nonce)}` as const,
    },
  } as const;
}
