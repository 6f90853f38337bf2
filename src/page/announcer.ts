// Says a change of state to a screen reader, once it has lasted: loading and working alternate
// with every unit, and nobody wants to hear that.

import { say } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { describe } from './describe.ts';
import { find, setText } from './elements.ts';

const settleMs = 1500;

export function mountAnnouncer(
  element: Element = find('announcer'),
): (status: ContributorStatus) => void {
  let said = say('phase.idle.title');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pending = '';
  return (status) => {
    const { title, what } = describe(status);
    // The reason of a wait or a failure belongs to its name; the rest changes too often.
    const reasoned = ['waiting', 'paused', 'failed', 'stopped'].includes(status.phase);
    const words = reasoned && what ? `${title}. ${what}` : title;
    if (words === pending) return;
    pending = words;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (words === said) return;
      said = words;
      setText(element, words);
    }, settleMs);
  };
}
