// Which receipts this visit was told of: what a check of one begins with, and compares with.
import type { ContributorStatus, VerdictLine } from './status.ts';

/** A page shows no more of them. */
const toldMax = 4_096;

export interface Told {
  lease: string;
  /** Hex. */
  receipt: string;
  /** Whose result it was; null where that was not known yet. */
  account: string | null;
  state: VerdictLine['state'];
  credit: number;
}

export class ToldReceipts {
  readonly #byLease = new Map<string, Told>();

  hear({ verdicts, account }: ContributorStatus): void {
    for (const { lease, receipt, state, credit } of verdicts) {
      if (receipt === null) continue;
      // Another account may be signed in by the time that a verdict changes.
      const before = this.#byLease.get(lease);
      const owner = before ? before.account : (account?.address ?? null);
      this.#byLease.set(lease, { lease, receipt, account: owner, state, credit });
    }
    for (const lease of this.#byLease.keys()) {
      if (this.#byLease.size <= toldMax) break;
      this.#byLease.delete(lease);
    }
  }

  find(lease: string): Told | null {
    return this.#byLease.get(lease) ?? null;
  }
}
