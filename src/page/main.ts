// The page: mounts the three bands and composes them with the contributor's worker, which is not
// even fetched before the visitor presses Start.
import { IdlewildError } from '#protocol/errors.ts';
import { say } from '#words/say.ts';
import type { Connection } from '#worker/connect.ts';
import { type ContributorStatus, idleStatus, type Phase } from '#worker/status.ts';
import { mountAnnouncer } from './announcer.ts';
import { type ConditionWatch, watchConditions } from './conditions.ts';
import { ConsentDesk } from './consent.ts';
import { mountConsent } from './consent-view.ts';
import { mountControls } from './controls.ts';
import { readCoordinator } from './coordinator.ts';
import { find } from './elements.ts';
import { failedStatus } from './failed-status.ts';
import { mountHours } from './hours-view.ts';
import { keep, readKept } from './keep.ts';
import { mountLanguages } from './language-choice.ts';
import { mountLater } from './later.ts';
import { mountLevel } from './level-view.ts';
import { mountLimits } from './limits-view.ts';
import { mountMachine } from './machine-view.ts';
import { findObstacle } from './obstacle.ts';
import { readOptions } from './options.ts';
import { mountProjects } from './project-view.ts';
import { mountPromise } from './promise-view.ts';
import { readSettings } from './read-settings.ts';
import { mountRecord } from './record-view.ts';
import { Session } from './session.ts';
import { openSettings } from './settings-desk.ts';
import { mountStrip } from './strip.ts';
import { mountTips } from './tips.ts';
import { type FrameMode, watchFrames } from './watch-frames.ts';
import { mountWhen } from './when-view.ts';

const block = document.getElementById('idlewild-coordinator');
const coordinator = readCoordinator(block?.textContent ?? null);
const obstacle = findObstacle(coordinator);
const options = readOptions(location.search);
const consent = new ConsentDesk(coordinator.consentMs);
const session = new Session({ connect, onStatus });

const kept = readSettings(readKept('settings'));
const settings = openSettings(
  { ...kept, dutyPercent: options.dutyPercent ?? kept.dutyPercent },
  (value) => {
    if (consent.state === 'in-force') keep('settings', value);
    if (!session.running) return;
    conditions?.heed(value);
    void session.setSettings(value);
  },
);
/** Nothing is observed before the visitor's click. */
let conditions: ConditionWatch | null = null;

const later = mountLater(session, consent);
const views = [
  mountMachine(obstacle === null),
  mountStrip({
    canvas: find<HTMLCanvasElement>('strip'),
    caption: find('strip-words'),
    blade: find('blade-words'),
  }),
  mountRecord(later.verify),
  mountLevel(settings),
  mountLimits(settings),
  mountConsent(consent, () => session.withdraw()),
  mountPromise(coordinator, settings),
  { show: mountAnnouncer() },
  later,
];
mountProjects(coordinator.projects, settings);
mountWhen(settings);
mountHours(settings);
mountTips();

const frames = watchFrames((lateShare) => void session.tellFrames(lateShare));
/** Before it computes, the display's own period; nothing before the visitor's click. */
const frameModes: Partial<Record<Phase, FrameMode>> = {
  connecting: 'calibrating',
  testing: 'calibrating',
  working: 'reporting',
};
mountControls({ session, options, settings, consent, onAgreed });
mountLanguages((tag) => {
  if (consent.state === 'in-force') keep('language', tag);
});
onStatus(obstacle ? failedStatus(idleStatus, obstacle) : idleStatus);

function onAgreed(): void {
  keep('settings', settings.value);
  // A language that the address asked for was chosen before it could be kept.
  if (new URLSearchParams(location.search).has('lang')) {
    keep('language', document.documentElement.lang);
  }
  conditions ??= watchConditions({
    tell: (observed) => void session.tellConditions(observed),
    leave: () => void session.leave(),
    comeBack: () => void session.comeBack(),
  });
  conditions.heed(settings.value);
}

function onStatus(status: ContributorStatus): void {
  for (const view of views) view.show(status);
  // Nobody looks at a browser that a program drives.
  if (!navigator.webdriver) frames.set(frameModes[status.phase] ?? 'off');
  // The headless contributor listens to this, and so may anything else on the page.
  document.dispatchEvent(new CustomEvent('idlewild-status', { detail: status }));
}

async function connect(): Promise<Connection> {
  const module = await import('#worker/connect.ts').catch((cause: unknown) => {
    const options = { retryable: true, cause };
    throw new IdlewildError('network/unreachable', say('error.unreachable'), options);
  });
  return module.connectContributor();
}
