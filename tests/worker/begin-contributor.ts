// Starts the contributor's whole loop in Node, for the tests of it.
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createContributor } from '#worker/contributor.ts';
import type { Environment } from '#worker/environment.ts';
import {
  type Contributor,
  type ContributorStatus,
  defaultSettings,
  type Settings,
  type StartOptions,
} from '#worker/status.ts';
import { type NodeParts, nodeEnvironment } from './node-environment.ts';
import { testOrigin as origin, type StrictCoordinator } from './strict-coordinator.ts';

export const settings: Settings = { ...defaultSettings, dutyPercent: 100 };
export const startOptions: StartOptions = { backend: 'auto', unitsMax: 0, settings };

/** A contributor in Node, against the coordinator, and a way to wait for what it says. */
export function begin(coordinator: StrictCoordinator, parts: Partial<NodeParts> = {}) {
  const environment = nodeEnvironment({ origin, fetch: coordinator.fetch, ...parts });
  let left = Promise.resolve();
  const exclusive: Environment['exclusive'] = (name, signal, hooks) => {
    left = environment.exclusive(name, signal, hooks);
    return left;
  };
  const contributor = createContributor({ ...environment, exclusive });
  /** Stops, and waits until all is handed back: with sleeps that pass at once, Stop does not. */
  const leave = async () => {
    await contributor.stop();
    await left;
  };
  return { contributor, environment, until: watch(contributor), leave };
}

/** Resolves with the first status that satisfies the test's question. */
function watch(contributor: Contributor) {
  const waiting = new Set<(status: ContributorStatus) => void>();
  let last: ContributorStatus;
  void contributor.subscribe((status) => {
    last = status;
    for (const hear of waiting) hear(status);
  });
  return (isIt: (status: ContributorStatus) => boolean) =>
    new Promise<ContributorStatus>((resolve, reject) => {
      const hear = (status: ContributorStatus) => {
        if (isIt(status)) {
          waiting.delete(hear);
          resolve(status);
        } else if (status.phase === 'failed') {
          waiting.delete(hear);
          reject(new Error(`${status.error?.code}: ${status.message}`));
        }
      };
      waiting.add(hear);
      hear(last);
    });
}

export const isStopped = ({ phase }: ContributorStatus) => phase === 'stopped';
export const isFailed = ({ phase }: ContributorStatus) => phase === 'failed';

export function cbor(bytes: Uint8Array<ArrayBuffer>, status: number): Response {
  return new Response(bytes, { status, headers: { 'content-type': 'application/cbor' } });
}

export function wireError(code: string): Response {
  const error = new IdlewildError(code, 'As the test says.').toWire();
  return cbor(encodeCbor({ error }), 400);
}
