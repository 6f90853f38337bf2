// The visitor's hand: Start, Pause, Finish, Stop, the choice of account and the cache. Start is the
// consent: what a visit keeps is kept from there on.
import { toIdlewildError } from '#protocol/errors.ts';
import { count, onWords, say } from '#words/say.ts';
import type { StartOptions } from '#worker/status.ts';
import type { ConsentDesk } from './consent.ts';
import { find, setLine, setText } from './elements.ts';
import type { Options } from './options.ts';
import type { Session } from './session.ts';
import type { SettingsDesk } from './settings-desk.ts';
import { mountSignerChoice } from './signer-choice.ts';

interface ControlParts {
  session: Session;
  options: Options;
  settings: SettingsDesk;
  consent: ConsentDesk;
  /** The visitor agreed: before anything is asked of the worker. */
  onAgreed(): void;
}

export function mountControls(parts: ControlParts): void {
  const { session, options, settings, consent, onAgreed } = parts;
  const { backend, unitsMax } = options;
  const signerChoice = mountSignerChoice();
  find('start').addEventListener('click', () => {
    consent.give();
    onAgreed();
    const chosen: StartOptions = {
      backend,
      unitsMax,
      settings: settings.value,
      consentAgeMs: consent.ageMs,
    };
    void session.start(chosen, async () => (await signerChoice)());
  });
  find('pause').addEventListener('click', () => {
    const { phase, pauses } = session.status;
    const isHeld = phase === 'paused' && (pauses.length === 0 || pauses.includes('user'));
    void (isHeld ? session.resume() : session.pause());
  });
  find('finish').addEventListener('click', () => {
    void (session.status.finishing ? session.resume() : session.finish());
  });
  find('stop').addEventListener('click', () => void session.stop());

  const showUnits = () => {
    const stopsBy = say('controls.units', { units: count('count.units', unitsMax) });
    setLine(find('units-note'), unitsMax > 0 ? stopsBy : '');
  };
  showUnits();
  onWords(showUnits);
  find('clear').addEventListener('click', () => void clear(session));
}

async function clear(session: Session): Promise<void> {
  const note = find('clear-note');
  setText(note, '');
  try {
    await session.ask((contributor) => contributor.clearCache());
    setText(note, say('stored.cleared'));
  } catch (thrown) {
    setText(note, say('stored.kept', { message: toIdlewildError(thrown).shortMessage }));
  }
}
