// The conditions and limits of the settings in one line.
import { formatBytes } from '#words/format.ts';
import { say } from '#words/say.ts';
import type { Settings } from '#worker/status.ts';

/** The sheet in one line, for those who leave it closed. */
export function describeWhen(settings: Settings): string {
  const conditions = [
    settings.onlyVisible ? say('when.visible') : '',
    settings.onlyMains ? say('when.mains') : '',
    settings.onlyIdle ? say('when.idle') : '',
    settings.heedPressure ? say('when.pressure') : '',
    settings.schedule ? say('when.schedule') : '',
    settings.dailyBytesMax > 0
      ? say('when.daily', { bytes: formatBytes(settings.dailyBytesMax) })
      : '',
  ].filter(Boolean);
  return conditions.length === 0
    ? say('when.summary.none')
    : say('when.summary.some', { conditions: conditions.join(say('when.summary.separator')) });
}
