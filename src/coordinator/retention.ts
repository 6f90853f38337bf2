// Payloads whose time is over: rows give their names up step by step, then the files go. Safe to break
// off anywhere and to run on several coordinators at once: a step done twice changes nothing, and a file
// left behind is an orphan that the sweep finds.
import { fileOf, hasOwnFile, isPacked } from '#store/payload-files.ts';
import type { Retention as Kept } from '#store/retention-operations.ts';
import type { Context } from './context.ts';
import { sweepPayloads } from './sweep-payloads.ts';

export type RetentionContext = Pick<
  Context,
  'database' | 'blobs' | 'waits' | 'now' | 'log' | 'closing' | 'dataFolder'
>;

/** Batches gone through in one round; the rest wait for the next. */
const batchesMax = 1_000;

/** One round over everything whose time is over. */
export async function retainPayloads(context: RetentionContext): Promise<void> {
  const { blobs, now } = context;
  await blobs.rest();
  // A backup's copy of the database names what is there now.
  if (await blobs.held()) return;
  const { privateRetentionMs: privateMs, openRetentionMs: openMs, settledMs } = context.waits;
  const kept: Kept = { now: now(), privateMs, openMs, settledMs };
  await dropBatches(context, kept, true);
  await dropBatches(context, kept, false);
  await dropAudits(context);
  await dropFiles(context, kept);
  await sweepPayloads(context);
}

/** @param inputs everything, not their units' outputs alone */
async function dropBatches(context: RetentionContext, kept: Kept, inputs: boolean): Promise<void> {
  const { database } = context;
  const tried: string[] = [];
  while (tried.length < batchesMax) {
    const search = { ...kept, except: tried };
    const due = await database.run(inputs ? 'findBatchesOver' : 'findOutputsOver', search);
    if (due.length === 0) return;
    for (const { id } of due) {
      if (context.closing()) return;
      await dropBatch(context, id, inputs);
      tried.push(id);
    }
  }
}

async function dropBatch(context: RetentionContext, batch: string, inputs: boolean): Promise<void> {
  const { database, log } = context;
  let units = 0;
  for (let after = -1; ; ) {
    if (context.closing()) return;
    const step = { batch, inputs, after, now: context.now() };
    const { last, busy } = await database.run('dropUnitPayloads', step);
    // The coordinator is still to rule on it: another round.
    if (busy > 0) return;
    if (last === null) break;
    units = last + 1;
    after = last;
  }
  const ended = { batch, inputs, now: context.now() };
  const given = await database.run('endBatchPayloads', ended);
  await remove(context, given);
  const what = inputs ? 'payloads' : "units' outputs";
  log.info({ batch, units }, `the batch's ${what} were deleted`);
}

async function dropAudits({ database, now, waits, closing }: RetentionContext): Promise<void> {
  const madeBefore = now() - waits.auditMs;
  while (!closing()) {
    const { dropped } = await database.run('dropAuditPayloads', { madeBefore });
    if (dropped === 0) return;
  }
}

async function dropFiles(context: RetentionContext, kept: Kept): Promise<void> {
  while (!context.closing()) {
    const given = await context.database.run('dropFiles', kept);
    if (given.length === 0) return;
    await remove(context, given);
  }
}

/**
 * Files that held nothing but what no row names now. A pack among them is a batch's own: it held the
 * plan. What an earlier release wrote may be named twice, and is left to the sweep.
 */
async function remove({ blobs }: RetentionContext, given: readonly string[]): Promise<void> {
  const files = given.filter((blob) => hasOwnFile(blob) || isPacked(blob)).map(fileOf);
  if (files.length === 0 || (await blobs.held())) return;
  await blobs.remove(files);
}
