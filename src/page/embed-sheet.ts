// The frame's sheet: before the first start it asks for consent, later it says again what was
// agreed to. The level is the visitor's, whatever the host page proposed.
import type { ContentClass } from '#protocol/content-class.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { formatPercent } from '#words/format.ts';
import { count, say } from '#words/say.ts';
import { create, find, setLine, setText } from './elements.ts';
import { levels } from './levels.ts';

interface SheetFacts {
  /** The project's own words, and the coordinator's host. */
  words: string;
  coordinator: string;
  contentClass: ContentClass;
  consentMs: number;
}

interface SheetParts {
  facts: SheetFacts;
  onAgree(event: Event): void;
  onClose(): void;
  onLevel(dutyPercent: number): void;
}

export interface Sheet {
  /** @param asks whether agreeing starts it; else the sheet only tells */
  open(asks: boolean): void;
  close(): void;
  isOpen(): boolean;
  setLevel(dutyPercent: number): void;
  note(words: string): void;
  /** Says everything again, in the language spoken now. */
  refresh(): void;
}

const dayMs = 86_400_000;

export function mountSheet({ facts, onAgree, onClose, onLevel }: SheetParts): Sheet {
  const sheet = find<HTMLDialogElement>('sheet');
  const [title, agree, later] = [find('sheet-title'), find('agree'), find('later')];
  let asks = true;
  let dutyPercent = 0;

  const close = () => {
    if (!sheet.open) return;
    sheet.close();
    find('panel').inert = false;
    find('about').setAttribute('aria-expanded', 'false');
    onClose();
  };
  const refresh = () => {
    setText(title, asks ? say('frame.sheet.first') : say('frame.sheet.about'));
    setText(later, asks ? say('frame.sheet.later') : say('frame.sheet.close'));
    setText(agree, say('frame.sheet.agree'));
    agree.hidden = !asks;
    showFacts(facts, dutyPercent);
    showLevels(dutyPercent, (percent) => {
      dutyPercent = percent;
      onLevel(percent);
      showFacts(facts, percent);
    });
  };
  agree.addEventListener('click', onAgree);
  later.addEventListener('click', close);
  sheet.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') close();
  });
  return {
    open(asksNow) {
      asks = asksNow;
      setLine(find('sheet-note'), '');
      refresh();
      // Not modal: in the browser's top layer it would count as covering the frame.
      sheet.show();
      find('panel').inert = true;
      find('about').setAttribute('aria-expanded', 'true');
      // The frame may still be growing: what was scrolled to now would be wrong then.
      title.focus({ preventScroll: true });
    },
    close,
    isOpen: () => sheet.open,
    setLevel(percent) {
      dutyPercent = percent;
      if (sheet.open) refresh();
    },
    note: (words) => setLine(find('sheet-note'), words),
    refresh,
  };
}

function showFacts(facts: SheetFacts, dutyPercent: number): void {
  const { words, coordinator, contentClass, consentMs } = facts;
  setText(find('sheet-words'), words || say('frame.words'));
  const caution = {
    public: '',
    personal: say('frame.class.personal'),
    sensitive: say('frame.class.sensitive'),
  };
  setLine(find('sheet-class'), caution[contentClass]);
  const percent = formatPercent(dutyPercent);
  setText(
    find('consent-uses'),
    `${say('frame.consent.uses', { percent })} ${say('frame.consent.until')}`,
  );
  setText(find('consent-stores'), say('frame.consent.stores'));
  setText(find('consent-credit'), say('frame.consent.credit'));
  setText(
    find('consent-publishes'),
    `${say('frame.consent.publishes')} ${say('frame.consent.address', { coordinator })}`,
  );
  setText(find('consent-host'), say('frame.consent.host'));
  const days = count('count.days', Math.round(consentMs / dayMs));
  const version = say('frame.consent.version', { version: CONSENT_VERSION });
  setText(find('consent-ends'), `${say('frame.consent.ends', { days })} ${version}`);
  setText(find('record'), say('frame.sheet.record'));
  setText(find('level-title'), say('frame.level'));
}

/** The three levels, and the host's own figure where it is none of them. */
function showLevels(dutyPercent: number, choose: (percent: number) => void): void {
  const box = find('levels');
  const choices: { words: string; percent: number }[] = [
    { words: say('frame.level.gentle'), percent: levels.gentle },
    { words: say('frame.level.steady'), percent: levels.steady },
    { words: say('frame.level.full'), percent: levels.full },
  ];
  if (!choices.some(({ percent }) => percent === dutyPercent)) {
    choices.push({ words: say('frame.level.other'), percent: dutyPercent });
  }
  const focused = document.activeElement?.getAttribute('value');
  box.replaceChildren(find('level-title'));
  for (const { words, percent } of choices) {
    const input = document.createElement('input');
    input.type = 'radio';
    input.name = 'level';
    input.value = String(percent);
    input.checked = percent === dutyPercent;
    input.addEventListener('change', () => choose(percent));
    const label = create('label', '');
    label.append(input, create('span', '', `${words}, ${formatPercent(percent)}`));
    box.append(label);
    if (focused === input.value) input.focus();
  }
}
