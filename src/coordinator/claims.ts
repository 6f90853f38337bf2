// What this coordinator is at, told to the other replicas on its database. One whose database is its
// own has nobody to tell: there a claim would be a commit for nothing.

import type { MovingBatch } from '#store/batch-operations.ts';
import { nameBatch, nameJob } from '#store/claim-operations.ts';
import type { Database } from '#store/database.ts';
import type { PartnerJob, PartnerOptions } from '#store/partner-operations.ts';

export interface Claims {
  /** The next thing to compute that no other is at. */
  takeJob(options: PartnerOptions): Promise<PartnerJob | null>;
  /** The next batch to move that no other is at. @param except ids */
  takeBatch(except: readonly string[]): Promise<MovingBatch | null>;
  /** Runs `work` on what was taken, and gives that up after. */
  hold(
    taken: { job: PartnerJob } | { batch: MovingBatch },
    work: () => Promise<void>,
  ): Promise<void>;
}

export interface ClaimsOptions {
  now(): number;
  claimMs: number;
  /** Of this run; null where the database is this coordinator's alone. */
  holder: string | null;
}

export function createClaims(database: Database, { now, claimMs, holder }: ClaimsOptions): Claims {
  if (holder === null) {
    return {
      takeJob: (options) => database.run('findPartnerJob', options),
      takeBatch: (except) => database.run('findMovingBatch', { except }),
      hold: (_, work) => work(),
    };
  }
  const claimant = () => ({ holder, claimMs, now: now() });
  return {
    takeJob: (options) => database.run('claimPartnerJob', { ...options, claimant: claimant() }),
    takeBatch: (except) => database.run('claimMovingBatch', { except, claimant: claimant() }),
    async hold(taken, work) {
      const names = 'job' in taken ? nameJob(taken.job) : [nameBatch(taken.batch.id)];
      // A claim that cannot be renewed or given up ends by itself; the work goes on.
      const renew = () => {
        database.run('renewClaims', { names, claimant: claimant() }).catch(() => {});
      };
      const renewal = setInterval(renew, claimMs / 3).unref();
      try {
        await work();
      } finally {
        clearInterval(renewal);
        await database.run('dropClaims', { holder, names, now: now() }).catch(() => {});
      }
    },
  };
}
