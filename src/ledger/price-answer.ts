// What GET /v1/price says: the rate now, the rules it moves by, and its history, from which anyone can
// replay it (audit-rates.ts). Numbers without bound are decimal strings.
import { IdlewildError } from '#protocol/errors.ts';
import { isRate } from '#protocol/price.ts';
import type { RateEntry } from './audit-rates.ts';
import { type RateRules, rateRules } from './rate-controller.ts';

/** Entries of one answer; older ones by `?before=` their epoch. */
export const priceEntriesMax = 24 * 14;

export interface PriceAnswer {
  /** Credits for 10^9 multiply-adds, for what is leased now. */
  rate: number;
  /** The one that runs. */
  epoch: number;
  epoch_ms: number;
  ends_in_ms: number;
  target_permille: number;
  floor: number;
  cap: number;
  /** Newest last. */
  history: {
    epoch: number;
    /** From its end on. */
    rate: number;
    verified: string;
    capacity: string;
    waiting: boolean;
    level: string;
    carry: string;
    usual: string;
  }[];
}

export function formatHistory(entries: readonly RateEntry[]): PriceAnswer['history'] {
  return entries.map(({ epoch, rate, level, carry, usual, seen }) => ({
    epoch,
    rate,
    verified: String(seen.verified),
    capacity: String(seen.capacity),
    waiting: seen.waiting,
    level: String(level),
    carry: String(carry),
    usual: String(usual),
  }));
}

export interface PublishedPrices {
  rate: number;
  rules: RateRules;
  entries: RateEntry[];
}

/** Far above whatever a level or a capacity can be. */
const digitsMax = 60;

function malformed(): IdlewildError {
  return new IdlewildError('rate/malformed', 'The published rates are not in their form.');
}

function toBig(value: unknown): bigint {
  const sound = typeof value === 'string' && /^\d+$/.test(value) && value.length <= digitsMax;
  if (!sound) throw malformed();
  return BigInt(value);
}

function toEntry(value: unknown): RateEntry {
  const { epoch, rate, waiting, ...entry } = (value ?? {}) as Record<string, unknown>;
  const [level, carry, usual] = [toBig(entry.level), toBig(entry.carry), toBig(entry.usual)];
  const seen = { verified: toBig(entry.verified), capacity: toBig(entry.capacity) };
  if (!Number.isSafeInteger(epoch) || (epoch as number) < 0) throw malformed();
  if (!isRate(rate as number) || typeof waiting !== 'boolean') throw malformed();
  const at = { epoch: epoch as number, rate: rate as number };
  return { ...at, level, carry, usual, seen: { ...seen, waiting } };
}

/**
 * The body of GET /v1/price.
 * @throws rate/malformed
 */
export function parsePrices(body: unknown): PublishedPrices {
  const { rate, floor, cap, history, ...rest } = (body ?? {}) as Record<string, unknown>;
  const targetPermille = rest.target_permille as number;
  const aimed = Number.isSafeInteger(targetPermille) && targetPermille > 0 && targetPermille < 1000;
  const bounds = [floor as number, cap as number];
  if (!isRate(rate as number) || !bounds.every(isRate) || bounds[0] > bounds[1] || !aimed) {
    throw malformed();
  }
  if (!Array.isArray(history) || history.length > priceEntriesMax) throw malformed();
  const rules = { ...rateRules, targetPermille, rateFloor: bounds[0], rateCap: bounds[1] };
  return { rate: rate as number, rules, entries: history.map(toEntry) };
}
