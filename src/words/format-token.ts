// Amounts of a token to its last unit, as a person reads them.
import { currentLocale } from './say.ts';

export interface TokenWords {
  symbol: string;
  decimals: number;
}

/** @param units base units, decimal: 1500000 of a token with 6 decimals is "1.5 USD" */
export function formatToken(units: string | bigint, { symbol, decimals }: TokenWords): string {
  const digits = String(units).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const text = (rest ? `${whole}.${rest}` : whole) as `${number}`;
  const format = new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: 20 });
  return `${format.format(text)}\u00a0${symbol}`;
}

/** What credits come to, rounded down to a unit: an amount of less is said as nothing. */
export function creditsInToken(
  credits: number,
  creditsPerTokenUnit: number,
  token: TokenWords,
): string {
  return formatToken(BigInt(Math.floor(credits)) / BigInt(creditsPerTokenUnit), token);
}
