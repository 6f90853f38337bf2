// What a process has decided, counted where it is written and kept only if it was committed. The
// counts go to the metrics; nothing is decided by them.
import type { Transaction } from './transaction.ts';

/** Count by what and which: 'result accepted', 'conviction banned', 'lease expired'. */
export type Tally = Record<string, number>;

export function count(transaction: Transaction, name: string, more: number): void {
  const { tally } = transaction;
  if (tally && more > 0) tally[name] = (tally[name] ?? 0) + more;
}
