// The checks of a receipt, one by one as they are made, and the sentence that closes them. Fetched
// when the first receipt is verified.
import { toIdlewildError } from '#protocol/errors.ts';
import { onWords, say } from '#words/say.ts';
import type { VerifyCheck, VerifyReport, VerifyStep } from '#worker/status.ts';
import { create, setLine, setText } from './elements.ts';
import { makeMark } from './mark.ts';
import type { Session } from './session.ts';
import { sayStep, sumUp } from './verify-words.ts';

/** One receipt's checks in the line of its verdict. */
interface Checking {
  place: HTMLElement;
  button: HTMLButtonElement;
  list: HTMLElement;
  sum: HTMLElement;
  steps: Map<VerifyCheck, { step: VerifyStep; item: HTMLElement }>;
  report: VerifyReport | null;
  failure: string;
}

const marks = {
  running: 'pending',
  holds: 'accepted',
  fails: 'rejected',
  unchecked: 'open',
} as const;

export type Verifier = (lease: string, place: HTMLElement) => Promise<void>;

export function createVerifier(session: Session): Verifier {
  const known = new Map<HTMLElement, Checking>();
  onWords(() => {
    for (const checking of known.values()) {
      // Lines of the record come and go.
      if (checking.place.isConnected) showAll(checking);
      else known.delete(checking.place);
    }
  });

  return async (lease, place) => {
    const checking = known.get(place) ?? begin(place);
    known.set(place, checking);
    if (checking.button.getAttribute('aria-disabled') === 'true') return;
    checking.list.replaceChildren();
    Object.assign(checking, { steps: new Map(), report: null, failure: '' });
    checking.button.setAttribute('aria-disabled', 'true');
    showAll(checking);
    try {
      const listener = (step: VerifyStep) => showStep(checking, step);
      const report = await session.ask((contributor) => contributor.verify(lease, listener));
      for (const step of report.steps) showStep(checking, step);
      checking.report = report;
    } catch (thrown) {
      checking.failure = toIdlewildError(thrown).shortMessage;
    }
    checking.button.removeAttribute('aria-disabled');
    showAll(checking);
  };
}

/** @param place holds the button already */
function begin(place: HTMLElement): Checking {
  const list = create('ol', 'steps-of-check');
  const sum = create('p', 'sum');
  sum.setAttribute('role', 'status');
  place.append(list, sum);
  const button = place.querySelector('button') as HTMLButtonElement;
  return { place, button, list, sum, steps: new Map(), report: null, failure: '' };
}

function showAll(checking: Checking): void {
  const { button, sum, steps, report, failure } = checking;
  const isDone = report !== null || failure !== '';
  const isRunning = button.getAttribute('aria-disabled') === 'true';
  setText(button, isRunning ? say('verify.running') : say(isDone ? 'verify.again' : 'verify.go'));
  for (const { step } of steps.values()) showStep(checking, step);
  sum.dataset.outcome = report?.outcome ?? '';
  const message = failure;
  setText(sum, report ? sumUp(report) : failure ? say('verify.sum.broken', { message }) : '');
}

function showStep({ steps, list }: Checking, step: VerifyStep): void {
  const item = steps.get(step.check)?.item ?? list.appendChild(makeStep());
  steps.set(step.check, { step, item });
  const [word, sentence, code] = item.querySelectorAll('span');
  const { outcome, share } = step;
  if (item.className !== outcome) {
    item.className = outcome;
    item.querySelector('svg')?.replaceWith(makeMark(marks[outcome]));
  }
  setText(word, say(`verify.${outcome}`));
  setText(sentence, sayStep(step));
  // For whoever is asked for help.
  setLine(code, outcome === 'fails' ? step.code : '');
  const bar = item.querySelector('progress') as HTMLProgressElement;
  bar.hidden = outcome !== 'running' || share === null;
  bar.value = share ?? 0;
  bar.setAttribute('aria-label', say('verify.progress'));
}

function makeStep(): HTMLElement {
  const item = create('li', '');
  const said = create('p', '');
  said.append(create('span', 'state-word'), ' ', create('span', ''), ' ', create('span', 'name'));
  const bar = create('progress', '');
  bar.hidden = true;
  item.append(makeMark('pending'), said, bar);
  return item;
}
