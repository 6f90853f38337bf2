// Numbers, dates and names as a person reads them, in the visitor's language: always with their
// unit, which stays on the number's line.
import { count, currentLocale, say } from './say.ts';

const space = '\u00a0';

const shortDayMax = 4;
/** Intl's formats are dear to make and used ten times a second. */
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = currentLocale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(currentLocale(), options);
    formats.set(key, format);
  }
  return format;
}

export function formatCount(number: number): string {
  return numberFormat({ maximumFractionDigits: 0 }).format(number);
}

function formatDecimal(number: number): string {
  return numberFormat({ maximumSignificantDigits: 3 }).format(number);
}

/** One decimal below ten: 4.0, 28. */
export function formatSpeed(perSecond: number): string {
  const digits = perSecond < 10 ? 1 : 0;
  return numberFormat({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    perSecond,
  );
}

/** 60 as "60 %". */
export function formatPercent(percent: number): string {
  const parts = numberFormat({ style: 'percent', maximumFractionDigits: 0 }).format(percent / 100);
  // English sets the sign close; a narrow gap reads better beside words.
  return parts.replace(/^(\d+)%$/, `$1${space}%`);
}

const byteNames = ['unit.kB', 'unit.MB', 'unit.GB', 'unit.TB'] as const;

/** Decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return count('count.bytes', bytes);
  let value = bytes / 1000;
  let step = 0;
  while (value >= 999.5 && step < byteNames.length - 1) {
    value /= 1000;
    step++;
  }
  return withUnit(byteNames[step], formatDecimal(value));
}

/** 2_100_000_000 as "2.1 billion". */
export function formatLarge(value: number): string {
  return numberFormat({
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 3,
  }).format(value);
}

/** Rounded to what matters: "4 s", "3 min", "2 h 10 min", "3 days". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return withUnit('unit.seconds', formatCount(seconds));
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return withUnit('unit.minutes', formatCount(minutes));
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return count('count.days', Math.round(hours / 24));
  const whole = withUnit('unit.hours', formatCount(hours));
  const rest = minutes % 60;
  return rest === 0 ? whole : `${whole} ${withUnit('unit.minutes', formatCount(rest))}`;
}

type UnitKey = (typeof byteNames)[number] | 'unit.seconds' | 'unit.minutes' | 'unit.hours';

function withUnit(key: UnitKey, n: string): string {
  return say(key, { n }).replace(' ', space);
}

/** A digest or an address, short enough to compare at a glance. */
export function shorten(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, hex.startsWith('0x') ? 6 : 4)}…${hex.slice(-4)}`;
}

/** Exact while it fits beside others, then "12.4 million". */
export function formatCredit(credit: number): string {
  return credit < 10_000_000 ? formatCount(credit) : formatLarge(credit);
}

/** "20 November 2026". */
export function formatDate(date: Date): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'long' }).format(date);
}

/** "Monday 09:00", by the machine's own clock. */
export function formatMoment(date: Date): string {
  return new Intl.DateTimeFormat(currentLocale(), {
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
  }).format(date);
}

/** @param day 0 is Sunday */
export function formatDay(day: number, weekday: 'long' | 'short'): string {
  // 4 January 1970 was a Sunday.
  const date = new Date(Date.UTC(1970, 0, 4 + day));
  const format = (style: 'long' | 'short' | 'narrow') =>
    new Intl.DateTimeFormat(currentLocale(), { weekday: style, timeZone: 'UTC' }).format(date);
  const name = format(weekday);
  // Arabic does not shorten its days; calendars there show their letter.
  return weekday === 'short' && name.length > shortDayMax ? format('narrow') : name;
}

/** The day that weeks begin with where the visitor lives: 0 is Sunday. */
export function firstDayOfWeek(): number {
  const locale = new Intl.Locale(currentLocale()) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) % 7;
}
