// What a receipt says and what the contributor's signed result in it says must be one story: the rule
// of every check of a receipt, on a server as in a browser.
import { equalBytes } from './bytes.ts';
import { firstRate, priceOf } from './price.ts';
import type { ReceiptPayload } from './receipt.ts';
import type { ResultPayload } from './wire.ts';

/** The first field in which the two contradict each other; null where they agree. */
export function findContradiction(payload: ReceiptPayload, result: ResultPayload): string | null {
  const same: [string, boolean][] = [
    ['kind', ['credited', 'voided'].includes(payload.kind) && result.kind === 'result'],
    ['unit', equalBytes(payload.unit, result.unit)],
    ['model', equalBytes(payload.model, result.model)],
    ['digest', equalBytes(payload.digest, result.digest)],
    ['arithmetic', payload.arithmetic === result.arithmetic],
    // A result may have been signed before the release that ruled on it.
    ['wire', payload.wire >= result.wire],
  ];
  return same.find(([, holds]) => !holds)?.[0] ?? null;
}

/** What the receipt must credit by its own cost and rate. */
export function creditDue({
  kind,
  cost,
  rate = firstRate,
}: Pick<ReceiptPayload, 'kind' | 'cost' | 'rate'>): number {
  return kind === 'voided' ? 0 : priceOf(cost, rate);
}
