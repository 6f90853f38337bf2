// The frame's one panel: the project's words or the state in words, one number, and the buttons
// that the state allows.

import { formatCount } from '#words/format.ts';
import { count, say } from '#words/say.ts';
import type { ContributorStatus, Phase } from '#worker/status.ts';
import { describe } from './describe.ts';
import { find, setText } from './elements.ts';

const startable: Phase[] = ['idle', 'stopped', 'failed'];

interface Promised {
  project: string;
  words: string;
}

export interface PanelView {
  show(status: ContributorStatus): void;
  /** A sentence in place of the state's own, until the next one or '' takes it away. */
  note(words: string): void;
  /** Points at Start, for a host page that asked: without giving the button the focus. */
  point(words: string): void;
}

/** @param canStart false where nothing may start here at all */
export function mountPanel({ project, words }: Promised, canStart: () => boolean): PanelView {
  const line = find('line');
  const [start, pause, stop] = ['start', 'pause', 'stop'].map((id) => find<HTMLButtonElement>(id));
  /** Two short lines beside the buttons: as in embed.css. */
  const compact = matchMedia('(max-height: 140px)');
  let noted = '';
  let last: ContributorStatus | null = null;

  const showLine = () => {
    if (!last) return;
    const { title, what, tone } = describe(last);
    const rests = last.phase === 'idle' || (last.phase === 'stopped' && !what);
    const isShort = compact.matches && tone === 'work';
    const isWork = last.phase === 'working' && what && !isShort;
    const state = isWork ? what : `${title}. ${isShort ? '' : what}`.trim();
    setText(line, noted || (rests ? words || say('frame.words') : state));
    line.title = line.textContent ?? '';
    line.toggleAttribute('data-note', noted !== '');
  };
  compact.addEventListener('change', showLine);
  const showButtons = (phase: Phase) => {
    const focused = document.activeElement;
    const rests = startable.includes(phase);
    start.hidden = !rests || !canStart();
    start.disabled = false;
    find('go').hidden = canStart();
    setText(find('go'), say('frame.open'));
    stop.hidden = rests;
    stop.disabled = phase === 'stopping';
    pause.hidden = rests || !['loading', 'working', 'waiting', 'paused'].includes(phase);
    setText(start, say('controls.start'));
    setText(stop, say('frame.stop'));
    const isHeld = phase === 'paused' && last?.pauses.includes('user');
    setText(pause, isHeld ? say('controls.resume') : say('frame.pause'));
    // The keyboard's place stays where the button was: at the one that took its turn.
    if (focused instanceof HTMLElement && focused.hidden) (rests ? start : stop).focus();
  };
  const note = (sentence: string) => {
    noted = sentence;
    document.body.removeAttribute('data-pointed');
    showLine();
  };
  return {
    show(status) {
      // A run's end may be told after what was said of it.
      const moves = !startable.includes(status.phase);
      if (last && last.phase !== status.phase && moves) noted = '';
      last = status;
      const { tone } = describe(status);
      document.body.dataset.tone = tone;
      document.title = say('frame.title', { project });
      setText(find('project'), project);
      setText(find('number'), formatCount(status.totals.accepted));
      setText(find('number-words'), count('frame.accepted', status.totals.accepted));
      find('about').setAttribute('aria-label', say('frame.about'));
      setText(find('home-words'), say('frame.record'));
      find('home').title = say('frame.record');
      showLine();
      showButtons(status.phase);
    },
    note,
    point(sentence) {
      note(sentence);
      document.body.toggleAttribute('data-pointed', true);
      // On the sentence, not on the button: a key meant for the host page must not press it.
      line.focus({ preventScroll: true });
    },
  };
}
