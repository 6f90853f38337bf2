// Who may start, pause and end the frame's contributor, and when: the visitor by a click that they
// saw, the host page within what the visitor agreed to.
//
//   at rest → Start click → sheet → Agree click that counts → consent kept → runs
//   at rest, consent kept → Start click that counts, or the host's start while seen → runs
//   at rest, no consent → the host's start → it points at Start, and nothing else
//   runs → Pause click or the host's pause → paused → Resume click; the host's start undoes only
//          what the host did
//   runs → Stop click → consent forgotten, and withdrawn at the coordinator → at rest
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { HostCommand } from '#widget/messages.ts';
import { say } from '#words/say.ts';
import { type ContributorStatus, defaultSettings, type Settings } from '#worker/status.ts';
import type { FrameConsent } from './embed-consent.ts';
import { forgetConsent, keepConsent, recallConsent } from './embed-consent.ts';
import type { Host } from './embed-host.ts';
import type { Unseen, VisibilityWatch } from './embed-visibility.ts';
import { levels } from './levels.ts';
import type { Session } from './session.ts';

/** What it needs of the panel and the sheet. */
interface ControlView {
  note(words: string): void;
  point(words: string): void;
  openSheet(asks: boolean): void;
  closeSheet(): void;
  showLevel(dutyPercent: number): void;
}

export interface ControlParts {
  project: string;
  consentMs: number;
  session: Session;
  visibility: VisibilityWatch;
  host: Host;
  view: ControlView;
}

interface Control {
  clickStart(event: Event): void;
  clickAgree(event: Event): void;
  clickPause(event: Event): void;
  clickStop(): void;
  openAbout(): void;
  chooseLevel(dutyPercent: number): void;
  /** @param asked what the host asks for, or null for no wish */
  heedLevel(asked: number | null): void;
  heedHost(command: HostCommand): void;
  isAgreed(): boolean;
}

export class FrameControl implements Control {
  private readonly parts: ControlParts;
  private consent: FrameConsent | null;
  /** What the sheet shows, and what an agreement will say. */
  private dutyPercent: number;
  /** Pause and Stop are the visitor's own: no host undoes them. */
  private pausedByHost = false;

  constructor(parts: ControlParts) {
    this.parts = parts;
    this.consent = recallConsent(parts.project);
    this.dutyPercent = this.consent?.dutyPercent ?? levels.steady;
  }

  isAgreed(): boolean {
    return this.consent !== null;
  }

  clickStart(event: Event): void {
    const { visibility, view } = this.parts;
    if (!event.isTrusted) {
      this.refuse('untrusted');
      return;
    }
    if (!this.consent) {
      this.openSheet(true);
      return;
    }
    const unseen = visibility.judge(event);
    if (unseen) this.refuse(unseen);
    else {
      view.note('');
      this.run();
    }
  }

  clickAgree(event: Event): void {
    const { visibility, view, host, project, consentMs } = this.parts;
    const unseen = visibility.judge(event);
    if (unseen) {
      this.refuse(unseen);
      return;
    }
    const { dutyPercent } = this;
    this.consent = keepConsent({ project, dutyPercent }, consentMs);
    host.tell('consentchange', { given: true, version: CONSENT_VERSION, why: 'clicked' });
    view.note('');
    view.closeSheet();
    this.run();
  }

  /** Pausing needs no proof that it was seen; going on does. */
  clickPause(event: Event): void {
    const { session, visibility } = this.parts;
    if (!isHeld(session.status)) {
      this.pausedByHost = false;
      void session.pause();
      return;
    }
    const unseen = visibility.judge(event);
    if (unseen) this.refuse(unseen);
    else {
      this.pausedByHost = false;
      void session.resume();
    }
  }

  /** As easy as consent was, and as far: the coordinator's record of it ends as well. */
  clickStop(): void {
    this.forget('stopped');
    void this.withdraw();
  }

  openAbout(): void {
    this.openSheet(false);
  }

  chooseLevel(dutyPercent: number): void {
    this.dutyPercent = dutyPercent;
    if (!this.consent) return;
    const { project, consentMs } = this.parts;
    this.consent = keepConsent({ ...this.consent, project, dutyPercent }, consentMs);
    this.applyLevel(dutyPercent);
  }

  heedLevel(asked: number | null): void {
    if (asked === null) return;
    const agreed = this.consent?.dutyPercent;
    this.dutyPercent = agreed === undefined ? asked : Math.min(agreed, asked);
    this.parts.view.showLevel(this.dutyPercent);
    this.applyLevel(this.dutyPercent);
  }

  heedHost(command: HostCommand): void {
    const { session } = this.parts;
    if (command === 'start') {
      this.startForHost();
      return;
    }
    if (!session.running || isHeld(session.status)) return;
    this.pausedByHost = true;
    void (command === 'pause' ? session.pause() : session.finish());
  }

  /** The worker or the coordinator says that the consent is over. */
  forget(why: string): void {
    if (!this.consent) return;
    this.consent = null;
    forgetConsent();
    this.parts.host.tell('consentchange', { given: false, version: CONSENT_VERSION, why });
  }

  private async withdraw(): Promise<void> {
    const { session, view } = this.parts;
    let words = '';
    try {
      if (await session.withdraw()) words = say('frame.ended');
    } catch {
      words = say('frame.untold');
    }
    // Another click may have agreed to another run meanwhile; this one may still be coming to rest.
    if (!this.consent) view.note(words);
  }

  private startForHost(): void {
    const { session, visibility, host, view } = this.parts;
    if (session.running) {
      const isHosts = this.pausedByHost && isHeld(session.status);
      if (isHosts) {
        this.pausedByHost = false;
        void session.resume();
      }
      return;
    }
    if (!this.consent) {
      const message = say('frame.point');
      // What is under the sheet cannot be pointed at, and the sheet asks by itself.
      view.point(message);
      visibility.restart();
      host.tell('error', { code: 'consent/needed', message, retryable: true });
      return;
    }
    const unseen = visibility.look();
    if (unseen) {
      this.refuse(unseen);
      return;
    }
    host.tell('consentchange', { given: true, version: CONSENT_VERSION, why: 'remembered' });
    this.run();
  }

  private run(): void {
    this.pausedByHost = false;
    const { session, project } = this.parts;
    const settings = frameSettings(project, this.dutyPercent);
    const consentAgeMs = Date.now() - (this.consent?.agreedAt ?? Date.now());
    const options = { backend: 'auto', unitsMax: 0, settings, consentAgeMs } as const;
    // No wallets in a frame: a page around it could lead the visitor's hand.
    void session.start(options, async () => null);
  }

  private applyLevel(dutyPercent: number): void {
    const { session, project } = this.parts;
    if (session.running) void session.setSettings(frameSettings(project, dutyPercent));
  }

  private openSheet(asks: boolean): void {
    const { view, visibility } = this.parts;
    view.note('');
    view.showLevel(this.dutyPercent);
    view.openSheet(asks);
    // Another picture lies under the pointer now: a second click of a pair must not agree to it.
    visibility.restart();
  }

  private refuse(unseen: Unseen): void {
    const message = say(`frame.click.${unseen}`);
    this.parts.view.note(message);
    this.parts.host.tell('error', { code: `click/${unseen}`, message, retryable: true });
  }
}

function isHeld(status: ContributorStatus): boolean {
  return status.phase === 'paused' && status.pauses.includes('user');
}

/**
 * Other than on its own page, it never works where nobody sees it, and gives way to the programs of
 * the machine, but for a browser that a program drives.
 */
function frameSettings(project: string, dutyPercent: number): Settings {
  const heedPressure = !navigator.webdriver;
  const chosen = { dutyPercent, heedPressure, onlyVisible: true, project: project || null };
  return { ...defaultSettings, ...chosen };
}
