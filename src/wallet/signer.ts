// Who may sign a grant, or a binding: a wallet of the page, or a key made in this browser.
import type { Binding } from '#protocol/binding.ts';
import type { Revocation } from '#protocol/revocation.ts';
import type { Grant } from '#protocol/wire.ts';

/** The shape that the worker asks for (worker/status.ts), stated here because wallet is its peer. */
export interface GrantSigner {
  kind: 'wallet' | 'device';
  /** Lower-case 0x address. */
  address(): Promise<string>;
  /**
   * Over grantTypedData(grant): 65 bytes, r, s, v, where v is 27 or 28; of a wallet that is a contract
   * up to walletSignatureBytesMax.
   */
  signGrant(grant: Grant): Promise<Uint8Array>;
  /** The same over bindingTypedData(binding). */
  signBinding(binding: Binding): Promise<Uint8Array>;
  /** The same over revocationTypedData(revocation). */
  signRevocation(revocation: Revocation): Promise<Uint8Array>;
}
