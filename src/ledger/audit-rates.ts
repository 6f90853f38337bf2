// The published history of the rate, replayed by anyone: each entry must follow from the one before it
// by the rule alone. Whether an epoch's capacity is true is the coordinator's word; what is verified in it
// can be added up from the log.
import {
  type MarketObservation,
  nextRate,
  type RateRules,
  type RateState,
  rateOf,
  rateRules,
} from './rate-controller.ts';

/** What was seen of an epoch, and what followed: the rate from its end on. */
export interface RateEntry extends RateState {
  seen: Omit<MarketObservation, 'epoch'>;
  rate: number;
}

/**
 * @param entries rising by epoch
 * @returns the epoch of the first entry that does not follow; null where all do
 */
export function findRateFault(
  entries: readonly RateEntry[],
  rules: RateRules = rateRules,
): number | null {
  const faulty = entries.find((entry, place) => {
    if (entry.rate !== rateOf(entry)) return true;
    if (place === 0) return false;
    const before = entries[place - 1];
    const { epoch, level, carry, usual, seen } = entry;
    if (epoch <= before.epoch) return true;
    const due = nextRate(before, { ...seen, epoch }, rules);
    return due.level !== level || due.carry !== carry || due.usual !== usual;
  });
  return faulty?.epoch ?? null;
}
