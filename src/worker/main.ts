// The worker's entry: the contributor with a real browser around it, given to the page.
import * as Comlink from 'comlink';
import { browserEnvironment } from './browser-environment.ts';
import { createContributor } from './contributor.ts';
import type { WorkerFace } from './face.ts';
import { carryErrors } from './transfer-errors.ts';

const contributor = createContributor(browserEnvironment);

const face: WorkerFace = {
  // Only wallets of the page come as proxies; `kind` would be a promise there.
  start: (options, signer) =>
    contributor.start(
      options,
      signer && {
        kind: 'wallet',
        address: () => signer.address(),
        signGrant: (grant) => signer.signGrant(grant),
      },
    ),
  pause: () => contributor.pause(),
  resume: () => contributor.resume(),
  stop: () => contributor.stop(),
  setDutyPercent: (percent) => contributor.setDutyPercent(percent),
  tellFrames: (lateShare) => contributor.tellFrames(lateShare),
  subscribe: (listener) => contributor.subscribe(listener),
  clearCache: () => contributor.clearCache(),
};

carryErrors();
Comlink.expose(face);
