// The last hour as a chart, one column a minute, with its numbers in words. Fetched once something
// runs; drawn anew only when a number of it has changed.
import '#words/say-charts.ts';
import { formatDuration, formatSpeed } from '#words/format.ts';
import { onWords, say } from '#words/say.ts';
import type { ContributorStatus } from '#worker/status.ts';
import { drawColumns } from './chart.ts';
import { create, find } from './elements.ts';
import { HourLog } from './hour-log.ts';

export interface HourView {
  show(status: ContributorStatus): void;
}

export function mountHour(): HourView {
  const log = new HourLog();
  let shown = '';
  const show = () => {
    const minutes = log.read(performance.now());
    const key = minutes.join(' ');
    if (key === shown) return;
    shown = key;
    const chart = drawColumns(minutes.map((value) => [{ kind: 'speed', value: value ?? 0 }]));
    const axis = create('p', 'axis fine');
    axis.ariaHidden = 'true';
    axis.append(create('span', '', say('hour.from')), create('span', '', say('hour.to')));
    find('hour-chart').replaceChildren(chart, axis, create('p', 'fine', describeHour(minutes)));
  };
  onWords(() => {
    shown = '';
    show();
  });
  return {
    show({ phase, rows }) {
      if (phase === 'idle') log.clear();
      else log.note(rows, performance.now());
      show();
    },
  };
}

/** @param minutes as HourLog reads them: the running one, which is last, is not whole */
export function describeHour(minutes: readonly (number | null)[]): string {
  const whole = minutes.slice(0, -1).filter((value) => value !== null);
  if (whole.length === 0) return say('hour.begins');
  const mean = whole.reduce((sum, value) => sum + value, 0) / whole.length;
  return say('hour.words', {
    minutes: formatDuration(whole.length * 60_000),
    mean: formatSpeed(mean),
    most: formatSpeed(Math.max(...whole)),
    now: formatSpeed(whole[whole.length - 1]),
  });
}
