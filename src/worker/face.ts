// What comlink carries between connect.ts and main.ts: the Contributor, with the signer as a proxy
// of the page's wallet. Types only.
import type { ProxyMarked } from 'comlink';
import type { Bytes } from '#protocol/bytes.ts';
import type { BindAnswer, Contributor, RevokeAnswer, Signer, StartOptions } from './status.ts';

export interface WatchedContributor extends Contributor {
  /**
   * Tells what the page must send to hand all leases back at once: the body of a call for work,
   * signed ahead, since a page that goes has no time to ask. Null while nothing is held.
   */
  watchFarewell(tell: (body: Bytes | null) => void): Promise<void>;
}

export interface WorkerFace extends Omit<WatchedContributor, 'start' | 'bind' | 'revoke'> {
  start(options: StartOptions, signer: (Signer & ProxyMarked) | null): Promise<void>;
  /** The Contributor's `bind`: a call of that name comlink takes for a function's own, and drops. */
  bindTo(wallet: Signer & ProxyMarked): Promise<BindAnswer>;
  /** The Contributor's `revoke`. */
  revokeAll(wallet: Signer & ProxyMarked): Promise<RevokeAnswer>;
}
