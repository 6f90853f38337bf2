// The page of the browser tests: puts what they call on `harness`. Runs in Chromium, from source.
import { wrap } from 'comlink';
import { watchConditions } from '#page/conditions.ts';
import { watchFrames } from '#page/watch-frames.ts';
import { walletSigner } from '#wallet/wallet-signer.ts';
import { connectContributor } from '#worker/connect.ts';
import { type ContributorStatus, defaultSettings, type StartOptions } from '#worker/status.ts';
import type { LabFace } from './lab.ts';

const { contributor } = connectContributor();
const statuses: ContributorStatus[] = [];
void contributor.subscribe((status) => void statuses.push(status));

// As the page does.
const conditions = watchConditions({
  tell: (told) => void contributor.tellConditions(told),
  leave: () => void contributor.leave(),
  comeBack: () => void contributor.comeBack(),
});

const harness = {
  contributor,
  statuses,
  settings: { ...defaultSettings, dutyPercent: 100 },
  /** With its own device key. */
  start(options: StartOptions) {
    conditions.heed(options.settings);
    return contributor.start(options, null);
  },
  walletSigner,
  /** Every report of frames, as the page would pass it on, on a display of this period. */
  watch(periodMs: number) {
    const tell = (lateShare: number | null) => void contributor.tellFrames(lateShare);
    watchFrames(tell, { periodMs }).set('reporting');
  },
  /** A worker of its own, with the cache, the keys and the self-test in reach. */
  openLab: () =>
    wrap<LabFace>(new Worker(new URL('./lab.ts', import.meta.url), { type: 'module' })),
  lab: wrap<LabFace>(new Worker(new URL('./lab.ts', import.meta.url), { type: 'module' })),
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
