// Deleting what a frame keeps. Nobody else can: browsers keep a frame's storage apart by the site
// around it, out of reach of the coordinator's own page. Two presses on the sheet, since the key goes
// with it, and with the key the way to its credit.
//
//   at rest → press: warned → press: deleting → deleted, at rest
//   deleting → the coordinator does not answer: nothing is deleted, this browser alone is offered
import { say } from '#words/say.ts';
import { find, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import type { Session } from './session.ts';

interface ForgetParts {
  session: Session;
  /** Whether somebody who sees the frame made this click. */
  isSeen(event: Event): boolean;
  note(words: string): void;
  forgetConsent(): void;
}

export interface Forget {
  /** @param isOffered not where the sheet asks for consent */
  reset(isOffered: boolean): void;
  /** Says everything again, in the language spoken now. */
  refresh(): void;
}

type Step = 'rest' | 'warned' | 'failed';

const labels = {
  rest: 'frame.forget',
  warned: 'frame.forget.go',
  failed: 'frame.forget.here',
} as const;

export function mountForget(parts: ForgetParts): Forget {
  const { session, isSeen, note, forgetConsent } = parts;
  const button = find<HTMLButtonElement>('forget');
  let step: Step = 'rest';
  const turnTo = (next: Step) => {
    step = next;
    refresh();
  };
  const refresh = () => setText(button, say(labels[step]));

  const remove = async (scope: 'everywhere' | 'here') => {
    button.disabled = true;
    try {
      const { atCoordinator } = await session.deleteData(scope, forgetConsent);
      turnTo('rest');
      note(say(atCoordinator ? 'frame.forget.done' : 'frame.forget.done-here'));
    } catch (thrown) {
      turnTo('failed');
      note(say('frame.forget.failed', { message: sayFailure(thrown) }));
    }
    button.disabled = false;
  };

  button.addEventListener('click', (event) => {
    if (!isSeen(event)) note(say('frame.forget.unseen'));
    else if (step === 'rest') {
      turnTo('warned');
      note(say('frame.forget.means'));
    } else void remove(step === 'warned' ? 'everywhere' : 'here');
  });
  return {
    reset(isOffered) {
      button.hidden = !isOffered;
      turnTo('rest');
    },
    refresh,
  };
}
