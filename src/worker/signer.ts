// Who signs what a wallet must: the page's injected provider, or this browser's device key. Types only.
import type { Binding } from '#protocol/binding.ts';
import type { Revocation } from '#protocol/revocation.ts';
import type { Grant } from '#protocol/wire.ts';

/** A wallet as the worker sees it. */
export interface Signer {
  kind: 'wallet' | 'device';
  address(): Promise<string>;
  /** 65 bytes: r, s, v over grantTypedData(grant). */
  signGrant(grant: Grant): Promise<Uint8Array>;
  /** The same over bindingTypedData(binding). */
  signBinding(binding: Binding): Promise<Uint8Array>;
  /** The same over revocationTypedData(revocation). */
  signRevocation(revocation: Revocation): Promise<Uint8Array>;
}
