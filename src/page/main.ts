// The page: mounts the three bands and composes them with the contributor's worker, which is not
// even fetched before the visitor presses Start.
import { IdlewildError } from '#protocol/errors.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { Connection } from '#worker/connect.ts';
import { type ContributorStatus, idleStatus } from '#worker/status.ts';
import { mountAnnouncer } from './announcer.ts';
import { mountControls } from './controls.ts';
import { readCoordinator } from './coordinator.ts';
import { find, setText } from './elements.ts';
import { failedStatus } from './failed-status.ts';
import { mountMachine } from './machine-view.ts';
import { findObstacle } from './obstacle.ts';
import { readOptions } from './options.ts';
import { showPromise } from './promise-view.ts';
import { mountRecord } from './record-view.ts';
import { Session } from './session.ts';
import { mountStrip } from './strip.ts';
import { mountTips } from './tips.ts';

const block = document.getElementById('idlewild-coordinator');
const coordinator = readCoordinator(block?.textContent ?? null);
const obstacle = findObstacle(coordinator);

showPromise(coordinator);
setText(find('consent-version'), `Consent\u00a0version\u00a0${CONSENT_VERSION}.`);
mountTips();
const machine = mountMachine(obstacle === null);
const strip = mountStrip();
const record = mountRecord();
const announce = mountAnnouncer();

const session = new Session({ connect, onStatus });
mountControls(session, readOptions(location.search));
onStatus(obstacle ? failedStatus(idleStatus, obstacle) : idleStatus);

function onStatus(status: ContributorStatus): void {
  machine.show(status);
  strip.show(status);
  record.show(status);
  announce(status);
  // The headless contributor listens to this, and so may anything else on the page.
  document.dispatchEvent(new CustomEvent('idlewild-status', { detail: status }));
}

async function connect(): Promise<Connection> {
  const module = await import('#worker/connect.ts').catch((cause: unknown) => {
    throw new IdlewildError(
      'network/unreachable',
      'The program that computes could not be fetched.',
      {
        retryable: true,
        cause,
      },
    );
  });
  return module.connectContributor();
}
