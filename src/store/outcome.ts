// What the verdicts of one pass come to, gathered before anything is written: results and units as
// they become, rows drawn and confirmed, what the batches count, and who was convicted.
import { priceOf } from '#protocol/price.ts';
import { assertMove, type ResultState, resultMoves, resultStates } from '#validator/states.ts';
import type { ConfirmedRows } from './audit-rows.ts';
import { charge, payerOf, rateOfUnit } from './charge.ts';
import type {
  Arrival,
  Conviction,
  ResultChange,
  ResultRow,
  UnitRow,
  VerdictContext,
} from './settlement.ts';
import type { TrackRecords } from './track-records.ts';
import type { ReceiptEntry } from './write-receipts.ts';

/** A unit as it is to be written, whole. */
export interface UnitChange {
  id: number;
  state: number;
  wanted: number;
  answered: number;
  outputDigest: Uint8Array | null;
  outputBlob: string | null;
  /** Null leaves its holder and its open rows as they are. */
  hold: Hold | null;
  done: boolean;
  /** The coordinator computed the whole of it. */
  recomputed: boolean;
}

/** Whose output a held unit is, and what it waits for. */
export interface Hold {
  account: string | null;
  backend: string | null;
  releaseAt: number | null;
  rowsOpen: number;
}

export const noHold: Hold = { account: null, backend: null, releaseAt: null, rowsOpen: 0 };

/** A row of a unit drawn for audit. */
interface DrawnRow {
  unit: number;
  place: number;
  forCoordinator: boolean;
}

/** What is added to a batch's counts. */
interface BatchChange {
  done: number;
  lines: number;
  held: number;
  rowsOpen: number;
  withdrawn: number;
  /** Credits. */
  spent: number;
}

/** A receipt whose result is still to be looked up. */
export type ReceiptDraft = Omit<ReceiptEntry, 'result'> & { result: ResultRow };

export interface Outcome extends VerdictContext {
  records: TrackRecords;
  results: ResultChange[];
  receipts: ReceiptDraft[];
  /** Results to be written for the first time. */
  arrivals: readonly Arrival[];
  units: UnitChange[];
  drawn: DrawnRow[];
  /** Not written yet (audit-rows.ts). */
  confirmed: ConfirmedRows;
  /** Units that are let go as they are held. */
  released: number[];
  /** Units whose rows no longer matter. */
  dropped: number[];
  convictions: Conviction[];
  batches: Map<string, BatchChange>;
  /** Rules on a result; an accepted one is credited. */
  rule(unit: UnitRow, result: ResultRow, ruling: RuledResult): void;
  count(batch: string | null, change: Partial<BatchChange>): void;
}

interface RuledResult {
  to: ResultState;
  code: string;
  message: string;
  confirmedBy: readonly string[];
}

export function createOutcome(
  records: TrackRecords,
  context: VerdictContext,
  arrivals: readonly Arrival[] = [],
): Outcome {
  const outcome: Outcome = {
    ...context,
    records,
    results: [],
    receipts: [],
    arrivals,
    units: [],
    drawn: [],
    confirmed: new Map(),
    released: [],
    dropped: [],
    convictions: [],
    batches: new Map(),
    rule(unit, result, { to, code, message, confirmedBy }) {
      assertMove(resultMoves, resultStates[result.state], to);
      const { lease_id: lease, account_id: account, state: from } = result;
      const rate = rateOfUnit(unit);
      const worth = priceOf(Number(unit.cost), rate);
      const credit = to === 'accepted' ? worth : 0;
      const change = { lease, account, from, to, code, message, credit, worth, receipt: null };
      outcome.results.push(change);
      if (to !== 'accepted' && to !== 'rejected') return;
      const kind = to === 'accepted' ? 'credited' : 'voided';
      const charged =
        kind === 'credited'
          ? charge(unit, { price: worth, rate })
          : { payer: payerOf(unit), bearers: [] };
      for (const { batch, credit: spent } of charged.bearers) outcome.count(batch, { spent });
      outcome.receipts.push({
        kind,
        unit,
        result,
        code,
        confirmedBy: [...confirmedBy],
        rate,
        credit,
        payer: charged.payer,
      });
    },
    count(batch, change) {
      if (batch === null) return;
      const sum = outcome.batches.get(batch) ?? {
        done: 0,
        lines: 0,
        held: 0,
        rowsOpen: 0,
        withdrawn: 0,
        spent: 0,
      };
      for (const name of Object.keys(change) as (keyof BatchChange)[]) {
        sum[name] += change[name] ?? 0;
      }
      outcome.batches.set(batch, sum);
    },
  };
  return outcome;
}
