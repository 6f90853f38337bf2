// Numbers as a person reads them: always with their unit, which stays on the number's line.

const space = '\u00a0';
const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function formatCount(count: number): string {
  return counts.format(count);
}

/** "1 unit", "2 units"; the plural adds an s unless it is given. */
export function formatNoun(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)}${space}${count === 1 ? noun : plural}`;
}

/** Decimal units, as disks and networks are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return formatNoun(bytes, 'byte');
  const names = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let step = 0;
  while (value >= 999.5 && step < names.length - 1) {
    value /= 1000;
    step++;
  }
  return `${decimals.format(value)}${space}${names[step]}`;
}

/** 2_100_000_000 as "2.1 billion". */
export function formatLarge(value: number): string {
  const names = ['', ' thousand', ' million', ' billion', ' trillion', ' quadrillion'];
  let rest = value;
  let step = 0;
  while (rest >= 999.5 && step < names.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${decimals.format(rest)}${names[step]}`;
}

/** Rounded to what matters: "4 s", "3 min", "2 h 10 min", "3 days". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds}${space}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes}${space}min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60 === 0 ? '' : ` ${minutes % 60}${space}min`;
  if (hours < 48) return `${hours}${space}h${rest}`;
  return `${Math.round(hours / 24)}${space}days`;
}

/** A digest or an address, short enough to compare at a glance. */
export function shorten(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, hex.startsWith('0x') ? 6 : 4)}…${hex.slice(-4)}`;
}

/** Exact while it fits beside others, then "12.4 million". */
export function formatCredit(credit: number): string {
  return credit < 10_000_000 ? formatCount(credit) : formatLarge(credit);
}
