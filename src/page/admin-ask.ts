// Asks before something is done that cannot be undone, and for its reason.
import { find, setText } from './elements.ts';

export interface Question {
  title: string;
  words: string;
  /** On the button that does it. */
  act: string;
  /** Whether it is done only with a reason. */
  reasoned: boolean;
}

/** @returns the reason, which may be empty; null where it is not to be done */
export function askReason({ title, words, act, reasoned }: Question): Promise<string | null> {
  const dialog = find<HTMLDialogElement>('ask');
  const reason = find<HTMLInputElement>('ask-reason');
  setText(find('ask-title'), title);
  setText(find('ask-words'), words);
  setText(find('ask-label'), reasoned ? 'Reason' : 'Reason, if there is one');
  setText(find('ask-do'), act);
  reason.value = '';
  reason.required = reasoned;
  dialog.returnValue = '';
  dialog.showModal();
  reason.focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => resolve(dialog.returnValue === 'do' ? reason.value.trim() : null),
      { once: true },
    );
  });
}
