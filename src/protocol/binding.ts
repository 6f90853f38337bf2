// What a device account and a wallet both sign, as EIP-712 typed data, so that the credit of the one
// counts for the other: from then on, and what it has earned before.
import { toHex } from './bytes.ts';

/** Fields that both signatures cover, beside the words and the chain. */
export interface Binding {
  /** Checksummed or lower-case 0x addresses. */
  device: string;
  wallet: string;
  /** The coordinator's own origin. */
  coordinator: string;
  chainId: number;
  /** Of a challenge (POST /v1/challenges). */
  nonce: Uint8Array;
  /** Unix seconds by the coordinator's clock, at most the challenge's. */
  expiresAt: number;
}

const words =
  'Count all credit of this device account for this wallet, now and from now on. ' +
  'This cannot be undone, costs nothing and moves no funds.';

/** Typed data of EIP-712, in the shape that wallets and viem take; every number is a string. */
export function bindingTypedData(binding: Binding) {
  return {
    domain: { name: 'Idlewild', version: '1', chainId: binding.chainId },
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
      ],
      Binding: [
        { name: 'words', type: 'string' },
        { name: 'device', type: 'address' },
        { name: 'wallet', type: 'address' },
        { name: 'coordinator', type: 'string' },
        { name: 'nonce', type: 'bytes32' },
        { name: 'expiresAt', type: 'uint64' },
      ],
    },
    primaryType: 'Binding',
    message: {
      words,
      device: binding.device as `0x${string}`,
      wallet: binding.wallet as `0x${string}`,
      coordinator: binding.coordinator,
      nonce: `0x${toHex(binding.nonce)}` as const,
      expiresAt: String(binding.expiresAt),
    },
  } as const;
}
