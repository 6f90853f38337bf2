// The real queue behind the simulation's interface: the product's own operations in their
// transactions, on a database of its own.
import type { DatabaseEngine } from '#store/database-engine.ts';
import { modeOf } from '#store/database-modes.ts';
import { operations } from '#store/operations.ts';
import type { Transaction } from '#store/transaction.ts';
import type { Queue } from './queue.ts';
import { type Run, SqlContext, type SqlQueueOptions } from './sql-context.ts';
import { readState } from './sql-state.ts';

/** @param engine of an empty database; whoever opened it closes it */
export async function openSqlQueue(
  engine: DatabaseEngine,
  options: SqlQueueOptions,
): Promise<Queue> {
  const run: Run = (name, input) =>
    engine.transaction(modeOf(name), (query) =>
      (operations[name] as (transaction: Transaction, input: unknown) => Promise<never>)(
        { query },
        input,
      ),
    );
  const queue = new SqlContext(run, options);
  await queue.open();
  return {
    addAccount: (id, address) => queue.addAccount(id, address),
    addBatch: (batch) => queue.addBatch(batch),
    work: (call) => queue.work(call),
    passTime: (now) =>
      run('passTime', { ...queue.verdict(now), waits: queue.waits, leavers: true }),
    compose: (now) => queue.compose(now),
    partner: (now) => queue.partner(now),
    async state() {
      // As the product does by the clock: without statistics the larger runs take twice as long.
      await engine.vacuum();
      return engine.transaction('survey', (query) => readState(query, queue.digests));
    },
  };
}
