// What open receipts were paid at, against the rates that the coordinator publishes. The history must
// follow from itself, as far back as it goes. A receipt does not say when its unit was leased, so its rate
// is held against all of them: without a tip it is one of them, with one it is not below the lowest.
import type { AuditFault } from '#ledger/audit-fault.ts';
import { findRateFault, type RateEntry } from '#ledger/audit-rates.ts';
import { readPayer } from '#ledger/payers.ts';
import { type PublishedPrices, parsePrices, priceEntriesMax } from '#ledger/price-answer.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { firstRate } from '#protocol/price.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import type { AuditedCoordinator } from './audit-source.ts';

export interface RateCheck {
  offer(leaf: number, payload: ReceiptPayload): void;
  /** @throws rate/malformed, fetch/... */
  check(coordinator: Pick<AuditedCoordinator, 'read'>): Promise<AuditFault[]>;
}

/** Pages of the history that are read: 90 years. */
const pagesMax = 2_400;
const priceBytesMax = 1 << 20;

export function createRateCheck(): RateCheck {
  /** Leaves by rate, of receipts that a project paid for and of the others: the first of each. */
  const paid = { plain: new Map<number, number>(), tipped: new Map<number, number>() };
  let names = false;
  return {
    offer(leaf, { rate, payer }) {
      names ||= rate !== undefined;
      // Only who pays by an order may offer a tip.
      const leaves = readPayer(payer)?.kind === 'project' ? paid.plain : paid.tipped;
      if (!leaves.has(rate ?? firstRate)) leaves.set(rate ?? firstRate, leaf);
    },
    async check(coordinator) {
      const history = await readHistory(coordinator);
      if (!history) return names ? [unshown()] : [];
      const { entries, rules, rate: now } = history;
      const faults: AuditFault[] = [];
      if (now !== (entries.at(-1)?.rate ?? firstRate)) {
        const message = `The rate is ${now}, which the published history does not lead to.`;
        faults.push({ code: 'rate/not-followed', leaf: null, message });
      }
      const faulty = findRateFault(entries, rules);
      if (faulty !== null) {
        const message = `The rate of epoch ${faulty} does not follow from the one before it.`;
        faults.push({ code: 'rate/not-followed', leaf: null, message });
      }
      const known = new Set([firstRate, ...entries.map(({ rate }) => rate)]);
      const lowest = Math.min(...known);
      for (const [rate, leaf] of paid.plain) if (!known.has(rate)) faults.push(refuse(leaf, rate));
      for (const [rate, leaf] of paid.tipped) if (rate < lowest) faults.push(refuse(leaf, rate));
      return faults;
    },
  };
}

function unshown(): AuditFault {
  const message = 'Receipts name their rates, and the coordinator publishes none.';
  return { code: 'rate/not-published', leaf: null, message };
}

function refuse(leaf: number, rate: number): AuditFault {
  const message = `Leaf ${leaf} is paid at a rate of ${rate}, which was never published.`;
  return { code: 'rate/not-published', leaf, message };
}

/** The whole of it, oldest first; null of a coordinator that has none. */
async function readHistory({ read }: Pick<AuditedCoordinator, 'read'>) {
  let entries: RateEntry[] = [];
  let now = 0;
  for (let page = 0; page < pagesMax; page++) {
    const older = page === 0 ? '' : `?before=${entries[0].epoch}`;
    const bytes = await read(`/v1/price${older}`, priceBytesMax);
    if (!bytes) return null;
    const { entries: fresh, rules, rate } = parse(bytes);
    if (page === 0) now = rate;
    entries = [...fresh, ...entries];
    if (fresh.length < priceEntriesMax) return { entries, rules, rate: now };
  }
  throw new IdlewildError('rate/malformed', 'The published history of rates has no beginning.');
}

function parse(bytes: Uint8Array): PublishedPrices {
  try {
    return parsePrices(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    if (cause instanceof IdlewildError) throw cause;
    throw new IdlewildError('rate/malformed', 'The published rates are no JSON.', { cause });
  }
}
