// Statements that only write: the next is put into words while PostgreSQL is still at this one, and
// what is asked later on the same connection sees what they wrote. Their answers are waited for once,
// before the commit: waiting for each held up every group of results by a tenth of its time.
import type { Transaction } from './transaction.ts';

export async function send(
  { query, unanswered }: Transaction,
  sql: string,
  parameters: unknown[],
): Promise<void> {
  const answer = query(sql, parameters);
  if (!unanswered) {
    await answer;
    return;
  }
  // Told of by untilAnswered.
  answer.catch(() => {});
  unanswered.push(answer);
}

/** Runs an operation until everything that it sent is answered. */
export async function untilAnswered<Value>(
  unanswered: readonly Promise<unknown>[],
  run: () => Promise<Value>,
): Promise<Value> {
  try {
    const value = await run();
    await Promise.all(unanswered);
    return value;
  } catch (thrown) {
    // The first that failed says why; whatever followed it, only that the transaction is lost.
    await Promise.all(unanswered);
    throw thrown;
  }
}
