// The hours in which it may work: days of the week, from and to, by this machine's clock. An end
// that is not after the beginning lies on the next day.

import { firstDayOfWeek, formatDay } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { WeeklyHours } from '#worker/status.ts';
import { create, find, setLine } from './elements.ts';
import type { SettingsDesk } from './settings-desk.ts';

/** What the controls hold before anybody chose: every night. */
const nights: WeeklyHours = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 22 * 60, toMinute: 7 * 60 };

export function mountHours(desk: SettingsDesk): void {
  const isOn = find<HTMLInputElement>('hours');
  const [from, to] = [find<HTMLInputElement>('from'), find<HTMLInputElement>('to')];
  let hours = desk.value.schedule ?? nights;
  const days = new Map<number, HTMLInputElement>();

  const read = (): WeeklyHours => ({
    days: [...days].filter(([, input]) => input.checked).map(([day]) => day),
    // An emptied field keeps what it had.
    fromMinute: toMinutes(from.value) ?? hours.fromMinute,
    toMinute: toMinutes(to.value) ?? hours.toMinute,
  });
  const change = () => {
    hours = read();
    desk.change({ schedule: isOn.checked ? hours : null });
  };
  const showDays = () => {
    const box = find('days');
    box.textContent = '';
    days.clear();
    for (let place = 0; place < 7; place++) {
      const day = (firstDayOfWeek() + place) % 7;
      days.set(day, addDay(box, day, change));
    }
  };
  const show = () => {
    for (const [day, input] of days) input.checked = hours.days.includes(day);
    from.value = toClock(hours.fromMinute);
    to.value = toClock(hours.toMinute);
    for (const input of [from, to, ...days.values()]) input.disabled = !isOn.checked;
    const overnight = hours.toMinute <= hours.fromMinute ? say('schedule.overnight') : '';
    const note = hours.days.length === 0 ? say('schedule.empty') : overnight;
    setLine(find('hours-note'), isOn.checked ? note : '');
  };

  showDays();
  for (const input of [isOn, from, to]) input.addEventListener('change', change);
  desk.watch(({ schedule }) => {
    isOn.checked = schedule !== null;
    hours = schedule ?? hours;
    show();
  });
  onWords(() => {
    showDays();
    show();
  });
}

function addDay(box: HTMLElement, day: number, onChange: () => void): HTMLInputElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'checkbox';
  input.setAttribute('aria-label', formatDay(day, 'long'));
  input.addEventListener('change', onChange);
  label.append(input, create('span', '', formatDay(day, 'short')));
  box.append(label);
  return input;
}

/** @returns null for anything that is no time of a day */
function toMinutes(clock: string): number | null {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(clock) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

function toClock(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
