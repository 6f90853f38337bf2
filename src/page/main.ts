// The page: mounts the three bands and composes them with the contributor's worker, which is not
// even fetched before the visitor presses Start.
import { IdlewildError } from '#protocol/errors.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { Connection } from '#worker/connect.ts';
import { type ContributorStatus, idleStatus, type Phase } from '#worker/status.ts';
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
import { type FrameMode, watchFrames } from './watch-frames.ts';

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
const frames = watchFrames((lateShare) => void session.tellFrames(lateShare));
/** Before it computes, the display's own period; nothing before the visitor's click. */
const frameModes: Partial<Record<Phase, FrameMode>> = {
  connecting: 'calibrating',
  testing: 'calibrating',
  working: 'reporting',
};
mountControls(session, readOptions(location.search));
onStatus(obstacle ? failedStatus(idleStatus, obstacle) : idleStatus);

function onStatus(status: ContributorStatus): void {
  machine.show(status);
  strip.show(status);
  record.show(status);
  announce(status);
  // Nobody looks at a browser that a program drives.
  if (!navigator.webdriver) frames.set(frameModes[status.phase] ?? 'off');
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
