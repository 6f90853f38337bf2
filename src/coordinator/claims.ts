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
  /**
   * Runs `work` unless another replica has the name, and keeps it after: what one began it goes on with.
   * @returns null where another has it
   */
  holdName<Result>(name: string, work: () => Promise<Result>): Promise<Result | null>;
  /** Leaves a name to others. */
  dropName(name: string): Promise<void>;
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
      holdName: (_, work) => work(),
      dropName: async () => {},
    };
  }
  const claimant = () => ({ holder, claimMs, now: now() });
  /** A claim that cannot be renewed ends by itself; the work goes on. */
  async function renewing<Result>(names: string[], work: () => Promise<Result>): Promise<Result> {
    const renew = () => {
      database.run('renewClaims', { names, claimant: claimant() }).catch(() => {});
    };
    const renewal = setInterval(renew, claimMs / 3).unref();
    return work().finally(() => clearInterval(renewal));
  }
  const drop = (names: string[]) =>
    database.run('dropClaims', { holder, names, now: now() }).catch(() => {});
  return {
    takeJob: (options) => database.run('claimPartnerJob', { ...options, claimant: claimant() }),
    takeBatch: (except) => database.run('claimMovingBatch', { except, claimant: claimant() }),
    async hold(taken, work) {
      const names = 'job' in taken ? nameJob(taken.job) : [nameBatch(taken.batch.id)];
      await renewing(names, work).finally(() => drop(names));
    },
    async holdName(name, work) {
      const isOurs = await database.run('claimName', { name, claimant: claimant() });
      return isOurs ? renewing([name], work) : null;
    },
    dropName: (name) => drop([name]),
  };
}
