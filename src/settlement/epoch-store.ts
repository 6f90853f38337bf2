// What the epochs' machine asks of the database. Each is one transaction, on disk when it resolves.
import { IdlewildError } from '#protocol/errors.ts';
import type { EpochBooks, Hex } from './epoch-books.ts';
import type { WrittenEpoch } from './epoch-files.ts';
import type { EpochState } from './epoch-states.ts';

export interface EpochRecord {
  number: number;
  state: EpochState;
  /** A signed one, whose tree holds every receipt of the books. */
  checkpoint: { size: number; root: Hex };
  /** Null until it was built for the first time. */
  written: WrittenEpoch | null;
}

interface EpochMove {
  number: number;
  from: EpochState;
  to: EpochState;
  written?: WrittenEpoch;
}

export interface EpochStore {
  /** The one of the highest number. */
  findLatest(): Promise<EpochRecord | null>;
  /** The final one of the highest number. */
  findFinal(): Promise<EpochRecord | null>;
  /**
   * Freezes the books as of one signed checkpoint: what each wallet was credited by receipts below its
   * size, with its devices' as they are bound now, and what each spending order was debited.
   * @throws settlement/epoch-moved unless the latest is `after`
   */
  close(number: number, after: number | null): Promise<EpochRecord>;
  /** The frozen books in the ledger's credit, by pages of 1,000 leaves at most. */
  readBooks(number: number): AsyncIterable<EpochBooks>;
  /** Accounts whose credit is as it was before, since they are spending their own; in order. */
  readWithheld(number: number): Promise<Hex[]>;
  /** @throws settlement/epoch-moved (retryable) unless it is in the state `from` */
  move(move: EpochMove): Promise<void>;
}

export function epochMoved(number: number): IdlewildError {
  return new IdlewildError('settlement/epoch-moved', `Epoch ${number} was moved by another.`, {
    retryable: true,
  });
}
