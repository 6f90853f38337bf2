// How much it may take: processor cores at once, room on the disk, downloads of a day.

import { formatBytes, formatCount } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { abilities } from './abilities.ts';
import { find, setLine } from './elements.ts';
import type { SettingsDesk } from './settings-desk.ts';

/** 0 is no limit of the visitor's own; the worker keeps the disk below 1 GiB in any case. */
const diskChoices = [0, 100e6, 250e6, 500e6];
const dailyChoices = [0, 50e6, 100e6, 500e6, 1e9, 5e9];
/** Before the worker has said what this machine allows: all cores but one, and no more than this. */
const workersGuessMax = 16;

export interface LimitsView {
  show(status: ContributorStatus): void;
}

export function mountLimits(desk: SettingsDesk): LimitsView {
  const workers = find<HTMLSelectElement>('workers');
  const disk = find<HTMLSelectElement>('disk');
  const daily = find<HTMLSelectElement>('daily');
  let isOnGpu = false;
  let isRunning = false;
  let workersMax = Math.min(workersGuessMax, Math.max(1, abilities.cores - 1));
  let workersRunning = 0;

  const nameDisk = (bytes: number) => (bytes === 0 ? say('limit.browser') : formatBytes(bytes));
  const nameDaily = (bytes: number) => (bytes === 0 ? say('limit.none') : formatBytes(bytes));
  const show = () => {
    const { value } = desk;
    const counts = Array.from({ length: Math.max(workersMax, 1) }, (_, index) => index + 1);
    const chosen = Math.min(value.workers, counts.length);
    fill(workers, counts, chosen, formatCount);
    workers.disabled = isOnGpu || workersMax < 2;
    const running =
      isRunning && workersRunning > 1 ? say('workers.running', { n: workersRunning }) : '';
    const few = workersMax < 2 ? say('workers.few') : running;
    setLine(find('workers-note'), isOnGpu ? say('workers.gpu') : few);
    fill(disk, withOwn(diskChoices, value.diskBytesMax), value.diskBytesMax, nameDisk);
    fill(daily, withOwn(dailyChoices, value.dailyBytesMax), value.dailyBytesMax, nameDaily);
  };

  workers.addEventListener('change', () => desk.change({ workers: Number(workers.value) }));
  disk.addEventListener('change', () => desk.change({ diskBytesMax: Number(disk.value) }));
  daily.addEventListener('change', () => desk.change({ dailyBytesMax: Number(daily.value) }));
  desk.watch(show);
  onWords(show);
  return {
    show({ device, workersMax: max, workersRunning: running, phase }) {
      isOnGpu = device?.backend === 'webgpu';
      isRunning = phase === 'working';
      workersRunning = running;
      if (device) workersMax = max;
      show();
    },
  };
}

/** An earlier visit, or another version of this page, may have chosen something else. */
function withOwn(choices: number[], own: number): number[] {
  return choices.includes(own) ? choices : [...choices, own].sort((a, b) => a - b);
}

/** Touches nothing where nothing changed: a list that is open must stay so. */
function fill(
  select: HTMLSelectElement,
  values: number[],
  chosen: number,
  name: (value: number) => string,
): void {
  const options = values.map((value) => ({ value: String(value), name: name(value) }));
  const same =
    select.options.length === options.length &&
    options.every(({ value, name: label }, index) => {
      const option = select.options[index];
      return option.value === value && option.text === label;
    });
  if (!same) {
    select.replaceChildren(...options.map(({ value, name: label }) => new Option(label, value)));
  }
  if (select.value !== String(chosen)) select.value = String(chosen);
}
