// Who may sign a grant, or a binding: a wallet of the page, or a key made in this browser.
import type { Binding } from '#protocol/binding.ts';
import type { Grant } from '#protocol/wire.ts';

/** The shape that the worker asks for (worker/status.ts), stated here because wallet is its peer. */
export interface GrantSigner {
  kind: 'wallet' | 'device';
  /** Lower-case 0x address. */
  address(): Promise<string>;
  /** 65 bytes: r, s, v over grantTypedData(grant); v is 27 or 28. */
  signGrant(grant: Grant): Promise<Uint8Array>;
  /** The same over bindingTypedData(binding). */
  signBinding(binding: Binding): Promise<Uint8Array>;
}
