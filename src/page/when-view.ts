// When it may work: while visible, on mains, while the machine is left alone, without pressure. What
// this browser cannot honour is greyed, with the reason beside it; hours-view.ts and limits-view.ts
// have the rest of the sheet.

import { onWords, say } from '#words/say.ts';
import { abilities, askForIdle, isIdleAllowed } from './abilities.ts';
import { find, setLine, setText } from './elements.ts';
import type { SettingsDesk } from './settings-desk.ts';
import { describeWhen } from './when-words.ts';

type Switch = 'onlyVisible' | 'onlyMains' | 'onlyIdle' | 'heedPressure';

const switches: [Switch, id: string][] = [
  ['onlyVisible', 'only-visible'],
  ['onlyMains', 'only-mains'],
  ['onlyIdle', 'only-idle'],
  ['heedPressure', 'heed-pressure'],
];

const canHonour: Record<Switch, boolean> = {
  onlyVisible: true,
  onlyMains: abilities.mains,
  onlyIdle: abilities.idle,
  heedPressure: abilities.pressure,
};

export function mountWhen(desk: SettingsDesk): void {
  let isIdleRefused = false;
  const showNotes = () => {
    const { mains, idle, pressure } = abilities;
    setLine(find('only-mains-note'), mains ? '' : say('when.mains.unknown'));
    const refused = isIdleRefused ? say('when.idle.refused') : say('when.idle.asks');
    setLine(find('only-idle-note'), idle ? refused : say('when.idle.unknown'));
    setLine(find('heed-pressure-note'), pressure ? '' : say('when.pressure.unknown'));
    setText(find('when-words'), describeWhen(desk.value));
  };
  for (const [name, id] of switches) {
    const input = find<HTMLInputElement>(id);
    input.addEventListener('change', async () => {
      // The browser asks the visitor, and only on a click of theirs.
      if (name === 'onlyIdle' && input.checked) {
        isIdleRefused = !(await askForIdle());
        if (isIdleRefused) input.checked = false;
      }
      desk.change({ [name]: input.checked });
    });
  }
  desk.watch((settings) => {
    for (const [name, id] of switches) {
      const input = find<HTMLInputElement>(id);
      input.checked = settings[name];
      // One that is on can always be taken back.
      input.disabled = !canHonour[name] && !input.checked;
    }
    showNotes();
  });
  // A permission given at an earlier visit may be gone: then it would not be honoured.
  if (desk.value.onlyIdle) {
    void isIdleAllowed().then((isAllowed) => {
      if (isAllowed) return;
      isIdleRefused = true;
      desk.change({ onlyIdle: false });
    });
  }
  onWords(showNotes);
}
