// What comlink carries between connect.ts and main.ts: the Contributor, with the signer as a proxy
// of the page's wallet. Types only.
import type { ProxyMarked } from 'comlink';
import type { Contributor, Signer, StartOptions } from './status.ts';

export interface WorkerFace extends Omit<Contributor, 'start'> {
  start(options: StartOptions, signer: (Signer & ProxyMarked) | null): Promise<void>;
}
