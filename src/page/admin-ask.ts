// Asks before something is done that cannot be undone, and for its reason or purpose.
import { find, setText } from './elements.ts';

export interface Question {
  title: string;
  words: string;
  /** On the button that does it. */
  act: string;
  /** What its field is for. */
  label: string;
  /** Whether it is done only with that. */
  required?: boolean;
}

/** @returns what was written, which may be empty; null where it is not to be done */
export function askReason({ title, words, act, ...field }: Question): Promise<string | null> {
  const dialog = find<HTMLDialogElement>('ask');
  const reason = find<HTMLInputElement>('ask-reason');
  setText(find('ask-title'), title);
  setText(find('ask-words'), words);
  setText(find('ask-label'), field.label);
  setText(find('ask-do'), act);
  reason.value = '';
  reason.required = field.required ?? false;
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
