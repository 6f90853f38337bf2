// Days of UTC and moments of this machine's day, for the charts and the tables of the account.
import { currentLocale } from './say.ts';

/** @param day YYYY-MM-DD */
export function formatUtcDay(day: string): string {
  const options = { day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(currentLocale(), options).format(new Date(`${day}T00:00:00Z`));
}

export function formatTime(date: Date): string {
  const options = { hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(currentLocale(), options).format(date);
}
