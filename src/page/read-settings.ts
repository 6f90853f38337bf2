// The visitor's settings as an earlier visit kept them: whatever is in them that no control of this
// page could have set is left at its standard.
import { defaultSettings, type Settings, type WeeklyHours } from '#worker/status.ts';
import { clampDutyPercent } from './options.ts';

const workersMax = 64;
const bytesMax = 1e12;
const projectIdLengthMax = 128;
const minutesOfDay = 24 * 60;

/** @param value what was kept, from anybody */
export function readSettings(value: unknown): Settings {
  const kept = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const duty = kept.dutyPercent;
  const standard = defaultSettings;
  return {
    dutyPercent: isNumber(duty) ? clampDutyPercent(duty) : standard.dutyPercent,
    workers: whole(kept.workers, 1, workersMax) ?? standard.workers,
    onlyVisible: kept.onlyVisible === true,
    onlyMains: kept.onlyMains === true,
    onlyIdle: kept.onlyIdle === true,
    heedPressure: kept.heedPressure === true,
    schedule: readHours(kept.schedule),
    diskBytesMax: whole(kept.diskBytesMax, 0, bytesMax) ?? standard.diskBytesMax,
    dailyBytesMax: whole(kept.dailyBytesMax, 0, bytesMax) ?? standard.dailyBytesMax,
    project:
      typeof kept.project === 'string' && kept.project.length <= projectIdLengthMax
        ? kept.project
        : null,
  };
}

function readHours(value: unknown): WeeklyHours | null {
  if (typeof value !== 'object' || value === null) return null;
  const { days, fromMinute, toMinute } = value as Record<string, unknown>;
  const from = whole(fromMinute, 0, minutesOfDay - 1);
  const to = whole(toMinute, 0, minutesOfDay - 1);
  if (!Array.isArray(days) || from === null || to === null) return null;
  const real = [0, 1, 2, 3, 4, 5, 6].filter((day) => days.includes(day));
  return { days: real, fromMinute: from, toMinute: to };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function whole(value: unknown, min: number, max: number): number | null {
  return isNumber(value) && Number.isInteger(value) && value >= min && value <= max ? value : null;
}
