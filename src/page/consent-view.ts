// What the visitor agrees to by pressing Start, whether an earlier agreement still holds, and the
// way out of it: one button, as easy as Start.
import { toIdlewildError } from '#protocol/errors.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { formatDate, formatDuration } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { ContributorStatus, Phase } from '#worker/status.ts';
import type { ConsentDesk, ConsentState } from './consent.ts';
import { find, setLine, setText } from './elements.ts';

const startable: Phase[] = ['idle', 'stopped', 'failed'];

export interface ConsentView {
  show(status: ContributorStatus): void;
}

/** @param withdraw stops and tells the coordinator; false where this browser has no session */
export function mountConsent(desk: ConsentDesk, withdraw: () => Promise<boolean>): ConsentView {
  const details = find<HTMLDetailsElement>('consent-details');
  const button = find<HTMLButtonElement>('withdraw');
  let phase: Phase = 'idle';
  let shown: ConsentState | null = null;
  let note = () => '';
  let key = '';
  /** Withdrawn here, and the coordinator does not know yet. */
  let isUntold = false;

  /** Statuses come ten times a second, and dates are dear to format. */
  const showChanged = () => {
    const next = [desk.state, desk.consent?.givenAt, phase, note()].join(' ');
    if (next !== key) show();
    key = next;
  };
  const show = () => {
    const { state, consent, consentMs } = desk;
    const holds = state === 'in-force';
    // Open where it is asked for, closed where it was read and agreed to; then it is the visitor's.
    if (state !== shown) details.open = !holds;
    shown = state;
    const ended = consent ? formatDate(new Date(consent.givenAt + consentMs)) : '';
    setLine(find('consent-again'), sayAgain(desk));
    setText(find('consent-renew'), say('consent.renew', { days: formatDuration(consentMs) }));
    setText(find('consent-version'), say('consent.version', { version: CONSENT_VERSION }));
    const from = consent ? formatDate(new Date(consent.givenAt)) : '';
    setLine(find('consent-held'), holds ? say('consent.in-force', { from, until: ended }) : '');
    button.hidden = !holds && !isUntold;
    setText(button, holds ? say('consent.withdraw') : say('consent.tell'));
    find('agree').hidden = holds;
    button.disabled = phase === 'stopping';
    setText(find('withdraw-note'), note());
  };

  button.addEventListener('click', async () => {
    // The button goes; its place in the page keeps the keyboard.
    find('consent-title').focus();
    desk.withdraw();
    isUntold = false;
    note = () => say('consent.withdrawn');
    show();
    try {
      if (await withdraw()) note = () => say('consent.withdrawn-everywhere');
    } catch (thrown) {
      const message = toIdlewildError(thrown).shortMessage;
      isUntold = true;
      note = () => say('consent.failed', { message });
    }
    show();
  });
  onWords(show);
  show();
  return {
    show(status) {
      const wasStartable = startable.includes(phase);
      phase = status.phase;
      const { consentExpiresInMs, error } = status;
      // Of a session that runs: one that is being opened still shows what the last one had.
      const isOpen = !['connecting', 'testing'].includes(phase) && !startable.includes(phase);
      const isOver = isOpen && consentExpiresInMs !== null && consentExpiresInMs <= 0;
      if (isOver || error?.code.startsWith('consent/')) desk.end();
      if (wasStartable && !startable.includes(phase)) {
        note = () => '';
        isUntold = false;
      }
      showChanged();
    },
  };
}

/** Why it is asked for again; empty where it is not, or was not given before. */
function sayAgain({ state, consent, consentMs }: ConsentDesk): string {
  if (state === 'changed') return say('consent.changed');
  if (state !== 'ran-out' || !consent) return '';
  const end = consent.givenAt + consentMs;
  // Sooner than by this browser's record: the coordinator ended it.
  if (end > Date.now()) return say('consent.over');
  return say('consent.ran-out', { date: formatDate(new Date(end)) });
}
