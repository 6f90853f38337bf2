// The end of torture: no kills any more, the load finishes, and everything that was ever acknowledged
// is held against what is there.
import { runAudit } from '#cli/audit.ts';
import type { Crew } from './crew.ts';
import type { Customer } from './customer.ts';
import type { Follower } from './follower.ts';
import { inspectBooks } from './inspect-books.ts';
import type { Promises } from './ledger-of-promises.ts';

export interface Load {
  crew: Crew;
  customer: Customer;
  follower: Follower;
  promises: Promises;
}

export interface JudgeOptions {
  origin: string;
  onProgress(line: string): void;
  /** Ends the coordinator as its operator would. @returns where its books are */
  stop(): Promise<{ dataFolder: string; databaseUrl: string | null }>;
}

export interface Judged {
  receipts: number;
  checkpoints: number;
  recomputed: number;
  /** Empty: everything held. */
  wrong: string[];
}

const unitsRecomputed = 5;

export async function judge(load: Load, options: JudgeOptions): Promise<Judged> {
  const { crew, customer, follower, promises } = load;
  const { origin, onProgress } = options;
  const early = promises.broken.length > 0;
  if (early) return { receipts: 0, checkpoints: 0, recomputed: 0, wrong: promises.broken };
  await customer.finish(() => {
    const { total, completed } = customer.units();
    onProgress(`no more kills; ${completed} of ${total} units done`);
  });
  await crew.stop();
  await crew.askAfterAll();
  const wrong = [...promises.broken];
  const { pending } = promises.counts();
  if (pending > 0) wrong.push(`${pending} results have no final word though every batch is over`);
  wrong.push(...(await customer.compare()));
  await customer.stop();
  await follower.stop();
  wrong.push(...(await follower.compare()));
  const report = await runAudit({ coordinator: origin, recompute: unitsRecomputed });
  if (!report.honest) wrong.push(report.verdict);
  const { dataFolder, databaseUrl } = await options.stop();
  const books = await inspectBooks(dataFolder, databaseUrl);
  const { receipts } = books;
  wrong.push(...books.wrong);
  const { accepted } = promises.counts();
  if (accepted > receipts) wrong.push(`${accepted} results accepted, ${receipts} receipts`);
  return { receipts, checkpoints: follower.seen(), recomputed: report.recomputed, wrong };
}
