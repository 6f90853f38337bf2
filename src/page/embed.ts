// The widget's frame: one panel and one sheet over the page's own session, strip and words. Like
// the page, it fetches the worker on the visitor's click and not before.
// The frame's own words, before anything says one.
import '#words/say-frame.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { HostMessage } from '#widget/messages.ts';
import { onWords, say } from '#words/say.ts';
import type { Connection } from '#worker/connect.ts';
import { type ContributorStatus, idleStatus } from '#worker/status.ts';
import { mountAnnouncer } from './announcer.ts';
import { readCoordinator } from './coordinator.ts';
import { create, find } from './elements.ts';
import { readOrigins } from './embed-block.ts';
import { watchSurroundings } from './embed-conditions.ts';
import { canStore } from './embed-consent.ts';
import { FrameControl } from './embed-control.ts';
import { mountForget } from './embed-forget.ts';
import { listenToHost } from './embed-host.ts';
import { speakFor } from './embed-language.ts';
import { readIntensity } from './embed-level.ts';
import { allowsOrigin } from './embed-origins.ts';
import { watchSmoothness } from './embed-pace.ts';
import { mountReport } from './embed-report.ts';
import { mountSheet } from './embed-sheet.ts';
import { drawSmallStrip } from './embed-strip.ts';
import { mountPanel } from './embed-view.ts';
import { watchVisibility } from './embed-visibility.ts';
import { failedStatus } from './failed-status.ts';
import { findObstacle } from './obstacle.ts';
import { Session } from './session.ts';
import { mountStrip } from './strip.ts';

/** What the sheet needs to be read; in a lower frame the host is asked for it. */
const sheetHeight = 180;

const json = document.getElementById('idlewild-coordinator')?.textContent ?? null;
const coordinator = readCoordinator(json);
const origins = readOrigins(json);
const { projectId, words, consentMs, projects } = coordinator;
const obstacle = findObstacle(coordinator);
const name = coordinator.project || 'Idlewild';
/** Why nothing may start here, in the language spoken then; null where it may. */
let bar: { code: string; words(): string } | null = canStore()
  ? null
  : { code: 'frame/no-storage', words: () => say('frame.storage') };
let isGreeted = false;

// First of all: the host greets as soon as the frame has loaded.
const host = listenToHost({
  allows: (origin) => allowsOrigin(origins, origin, location.origin),
  onMessage,
  onStranger(origin) {
    bar = { code: 'frame/stranger', words: () => say('frame.stranger', { origin }) };
    onStatus(session.status);
  },
});
const visibility = watchVisibility(document.body);
const session = new Session({ connect, onStatus });
const panel = mountPanel({ project: name, words }, () => obstacle === null && bar === null);
const sheet = mountSheet({
  facts: {
    words,
    coordinator: location.host,
    // Where nobody said what the texts are, they are taken for personal ones.
    contentClass: projects?.find(({ id }) => id === projectId)?.contentClass || 'personal',
    consentMs,
  },
  onAgree: (event) => control.clickAgree(event),
  onLevel: (dutyPercent) => control.chooseLevel(dutyPercent),
  onClose() {
    host.askRoom(0);
    visibility.restart();
    find('about').focus();
  },
});
const forget = mountForget({
  session,
  isSeen: (event) => visibility.judge(event) === null,
  note: (said) => (sheet.isOpen() ? sheet.note(said) : panel.note(said)),
  forgetConsent: () => control.forget('stopped'),
});
const control = new FrameControl({
  project: projectId,
  consentMs,
  session,
  visibility,
  host,
  view: {
    note: (said) => (sheet.isOpen() ? sheet.note(said) : panel.note(said)),
    point: (said) => (sheet.isOpen() ? sheet.note(said) : panel.point(said)),
    openSheet(asks) {
      if (innerHeight < sheetHeight) host.askRoom(sheetHeight);
      sheet.open(asks);
      forget.reset(!asks);
    },
    closeSheet: () => sheet.close(),
    showLevel: (dutyPercent) => sheet.setLevel(dutyPercent),
  },
});
const strip = mountStrip({
  canvas: find<HTMLCanvasElement>('strip'),
  caption: find('strip-words'),
  blade: create('span', ''),
  draw: drawSmallStrip,
});
watchSurroundings(session, visibility);
// Dimmed and not disabled: a click that does not count is told why.
visibility.onLook((unseen) => {
  document.body.dataset.unseen = unseen ?? '';
  find('agree').setAttribute('aria-disabled', String(unseen !== null));
});
const announce = mountAnnouncer();
const report = mountReport(host);
// Nobody looks at a browser that a program drives.
const pace = navigator.webdriver ? null : watchSmoothness(session, visibility);

find('start').addEventListener('click', (event) => control.clickStart(event));
find('pause').addEventListener('click', (event) => control.clickPause(event));
find('stop').addEventListener('click', () => control.clickStop());
find('about').addEventListener('click', () => control.openAbout());
onWords(() => {
  sheet.refresh();
  forget.refresh();
  onStatus(session.status);
});
const query = new URLSearchParams(location.search);
wear(query.get('theme') ?? '');
void speakFor(location.search);
onStatus(obstacle ? failedStatus(idleStatus, obstacle) : idleStatus);

function onMessage(message: HostMessage): void {
  if (message.type !== 'settings') {
    if (bar) host.tell('error', { code: bar.code, message: bar.words(), retryable: false });
    else control.heedHost(message.type);
    return;
  }
  const { theme, lang, intensity } = message;
  wear(theme);
  void speakFor(`?lang=${encodeURIComponent(lang)}`);
  control.heedLevel(readIntensity(intensity));
  if (isGreeted) return;
  isGreeted = true;
  host.tell('ready', { project: projectId, name, words, consent: control.isAgreed() });
}

function wear(theme: string): void {
  document.documentElement.dataset.theme = theme === 'light' || theme === 'dark' ? theme : '';
}

function onStatus(status: ContributorStatus): void {
  if (status.error?.code.startsWith('consent/')) control.forget('expired');
  panel.show(status);
  if (bar) panel.note(bar.words());
  strip.show(status);
  announce(status);
  report(status);
  pace?.(status);
}

async function connect(): Promise<Connection> {
  const module = await import('#worker/connect.ts').catch((cause: unknown) => {
    const message = say('error.unreachable');
    throw new IdlewildError('network/unreachable', message, { retryable: true, cause });
  });
  return module.connectContributor();
}
