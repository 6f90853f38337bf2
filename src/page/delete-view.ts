// Delete my data: says once what goes and what stays, warns of what would be lost, and does it.
// Where the coordinator does not answer, nothing is deleted, and this browser alone is offered.
import '#words/say-account.ts';
import { formatCredit } from '#words/format.ts';
import { count, onWords, say } from '#words/say.ts';
import type { AccountDesk } from './account-desk.ts';
import type { ConsentDesk } from './consent.ts';
import { create, find, setLine, setText } from './elements.ts';
import { sayFailure } from './failure-words.ts';
import { makeButton } from './make-button.ts';
import type { Session } from './session.ts';

type Scope = 'everywhere' | 'here';

export interface Deletion {
  ask(): void;
}

export function mountDeletion(session: Session, consent: ConsentDesk, desk: AccountDesk): Deletion {
  const dialog = document.body.appendChild(document.createElement('dialog'));
  dialog.setAttribute('aria-labelledby', 'delete-title');
  let failure: unknown = null;
  let isDeleting = false;
  let note: 'delete.done' | 'delete.done-here' | null = null;

  const show = () => {
    const title = create('h2', '', say('delete.title'));
    title.id = 'delete-title';
    const warnings = [...losses(session, desk), ...results(session, failure !== null)];
    const asides = warnings.map((words) => create('p', 'aside', words));
    const failed = create('p', 'failed');
    failed.setAttribute('role', 'status');
    const message = failure === null ? '' : sayFailure(failure);
    setLine(
      failed,
      message ? `${say('delete.failed', { message })} ${say('delete.here.means')}` : '',
    );
    dialog.replaceChildren(title, ...explain(), ...asides, failed, makeButtons());
    if (note) setText(find('clear-note'), say(note));
  };

  const makeButtons = () => {
    const buttons = create('div', 'buttons');
    const scope: Scope = failure ? 'here' : 'everywhere';
    const words = scope === 'here' ? say('delete.here') : say('delete.go');
    const keep = makeButton(say('delete.keep'), () => dialog.close());
    const go = makeButton(words, () => void remove(scope));
    keep.autofocus = true;
    go.className = 'grave';
    for (const button of [keep, go]) button.disabled = isDeleting;
    buttons.append(keep, go);
    return buttons;
  };

  const remove = async (scope: Scope) => {
    isDeleting = true;
    show();
    try {
      const { atCoordinator } = await session.deleteData(scope, () => consent.withdraw());
      failure = null;
      note = atCoordinator ? 'delete.done' : 'delete.done-here';
      dialog.close();
    } catch (thrown) {
      failure = thrown;
    }
    isDeleting = false;
    show();
    if (dialog.open) dialog.querySelector('button')?.focus();
  };

  // Half deleted is not an answer.
  dialog.addEventListener('cancel', (event) => isDeleting && event.preventDefault());
  onWords(show);
  return {
    ask() {
      failure = null;
      note = null;
      show();
      dialog.showModal();
    },
  };
}

function explain(): HTMLElement[] {
  const goes = makeList(say('delete.goes.browser'), say('delete.goes.coordinator'));
  const stays = makeList(say('delete.stays.receipts'), say('delete.stays.credit'));
  const heading = (words: string) => create('h3', '', words);
  return [heading(say('delete.goes')), goes, heading(say('delete.stays')), stays];
}

/** Credit that only this browser's key can claim. */
function losses({ status }: Session, { answer }: AccountDesk): string[] {
  const { account, totals } = status;
  if (account?.kind === 'wallet' || answer?.boundTo) return [];
  if (!account) return [say('delete.loses.unknown')];
  const credit = totals.credit + totals.creditHeld + totals.creditPending;
  return credit > 0 ? [say('delete.loses.credit', { credit: formatCredit(credit) })] : [];
}

function results({ status: { outbox } }: Session, isHere: boolean): string[] {
  if (outbox === 0) return [];
  const results = count('count.finished', outbox);
  return [isHere ? say('delete.loses.results', { results }) : say('delete.first', { results })];
}

function makeList(...lines: string[]): HTMLElement {
  const list = create('ul', 'dashes');
  list.append(...lines.map((words) => create('li', '', words)));
  return list;
}
