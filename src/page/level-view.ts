// How hard it works: three named levels, a fine slider, and the share of time that was measured.

import { formatPercent } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { find, setText } from './elements.ts';
import type { SettingsDesk } from './settings-desk.ts';

export interface LevelView {
  show(status: ContributorStatus): void;
}

export function mountLevel(desk: SettingsDesk): LevelView {
  const slider = find<HTMLInputElement>('duty');
  const named = [...document.querySelectorAll<HTMLInputElement>('input[name="level"]')];
  let measured: number | null = null;

  const showDuty = () => {
    const words = say('level.duty', { percent: formatPercent(slider.valueAsNumber) });
    setText(find('duty-words'), words);
    slider.setAttribute('aria-valuetext', words);
  };
  const showNamed = () => {
    for (const input of named) {
      input.checked = input.value === slider.value;
      const share = input.parentElement?.querySelector('small');
      if (share) setText(share, formatPercent(Number(input.value)));
    }
  };
  const showMeasured = () => {
    const words =
      measured === null ? '' : say('level.measured', { percent: formatPercent(measured) });
    setText(find('duty-measured'), words);
  };
  const showAll = () => {
    showDuty();
    showNamed();
    showMeasured();
  };

  slider.addEventListener('input', () => {
    showDuty();
    showNamed();
  });
  slider.addEventListener('change', () => desk.change({ dutyPercent: slider.valueAsNumber }));
  for (const input of named) {
    input.addEventListener('change', () => desk.change({ dutyPercent: Number(input.value) }));
  }
  desk.watch(({ dutyPercent }) => {
    slider.value = String(dutyPercent);
    showAll();
  });
  onWords(showAll);
  return {
    show({ dutyMeasured }) {
      measured = dutyMeasured;
      showMeasured();
    },
  };
}
