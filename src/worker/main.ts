// The worker's entry: the contributor with a real browser around it, given to the page.
import * as Comlink from 'comlink';
import { browserEnvironment } from './browser-environment.ts';
import { createContributor } from './contributor.ts';
import type { WorkerFace } from './face.ts';
import type { Signer } from './status.ts';
import { carryErrors } from './transfer-errors.ts';

const contributor = createContributor(browserEnvironment);

/** Only wallets of the page come as proxies; `kind` would be a promise there. */
const inPage = (signer: Signer): Signer => ({
  kind: 'wallet',
  address: () => signer.address(),
  signGrant: (grant) => signer.signGrant(grant),
  signBinding: (binding) => signer.signBinding(binding),
  signRevocation: (revocation) => signer.signRevocation(revocation),
});

const face: WorkerFace = {
  start: (options, signer) => contributor.start(options, signer && inPage(signer)),
  pause: () => contributor.pause(),
  resume: () => contributor.resume(),
  stop: () => contributor.stop(),
  finish: () => contributor.finish(),
  leave: () => contributor.leave(),
  comeBack: () => contributor.comeBack(),
  setSettings: (settings) => contributor.setSettings(settings),
  tellConditions: (conditions) => contributor.tellConditions(conditions),
  tellFrames: (lateShare) => contributor.tellFrames(lateShare),
  subscribe: (listener) => contributor.subscribe(listener),
  watchFarewell: (tell) => contributor.watchFarewell(tell),
  clearCache: () => contributor.clearCache(),
  account: (days) => contributor.account(days),
  bindTo: (wallet) => contributor.bind(inPage(wallet)),
  revokeAll: (wallet) => contributor.revoke(inPage(wallet)),
  withdraw: () => contributor.withdraw(),
  deleteData: (scope) => contributor.deleteData(scope),
  verify: (lease, listener) => contributor.verify(lease, listener),
};

carryErrors();
Comlink.expose(face);
