// Files of payloads that no row names: written before a crash, outputs that nobody wanted, shared packs
// whose every payload was given up, uploads that broke off. Removed once they are older than a day; by
// one coordinator at a time, though two would do no harm.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileOf } from '#store/payload-files.ts';
import type { SurveyedBatch, SurveyPage } from '#store/payload-survey.ts';
import type { RetentionContext } from './retention.ts';

/**
 * A payload is on disk before the row that names it: a younger file may be about to be named. Packs are
 * written to for packMsMax, uploads take minutes.
 */
const orphanMsMin = 24 * 60 * 60_000;

type BatchPage = SurveyPage<string> & { batches: SurveyedBatch[] };

export async function sweepPayloads(context: RetentionContext): Promise<void> {
  const { database, blobs, waits, log } = context;
  const order = { now: context.now(), sweepMs: waits.sweepMs };
  const folder = await database.run('takeSweep', order);
  if (folder === null || !(await isOurs(context, folder))) return;
  // Listed before they are asked for: what is written from here on is not among them.
  const old = await findOld(context);
  if (old.size === 0) return;
  for await (const named of surveyFiles(context)) {
    if (context.closing()) return;
    for (const blob of named) old.delete(fileOf(blob));
  }
  if (old.size === 0 || (await blobs.held())) return;
  await blobs.remove([...old.keys()]);
  const bytes = [...old.values()].reduce((sum, size) => sum + size, 0);
  log.info({ files: old.size, bytes }, 'payloads that no row names were removed');
}

/** @returns sizes of files that are old enough, by name */
async function findOld({ blobs }: RetentionContext): Promise<Map<string, number>> {
  const old = new Map<string, number>();
  for (const file of await blobs.listFiles()) {
    const found = await blobs.look(file);
    if (found && found.ageMs > orphanMsMin) old.set(file, found.bytes);
  }
  return old;
}

/** By page: payloads that rows name, one at least for each file. */
async function* surveyFiles({ database }: RetentionContext): AsyncGenerator<string[]> {
  for (let after: string | null = ''; after !== null; ) {
    const page: SurveyPage<string> = await database.run('surveyFiles', { after });
    yield page.blobs;
    after = page.last;
  }
  for (let after: number | null = 0; after !== null; ) {
    const page: SurveyPage<number> = await database.run('surveyAudits', { after });
    yield page.blobs;
    after = page.last;
  }
  for (let after: string | null = ''; after !== null; ) {
    const page: BatchPage = await database.run('surveyBatches', { after });
    yield page.blobs;
    for (const batch of page.batches) yield* surveyBatch(database, batch);
    after = page.last;
  }
}

async function* surveyBatch(
  database: RetentionContext['database'],
  { id: batch, inputs, outputs }: SurveyedBatch,
): AsyncGenerator<string[]> {
  if (!inputs && !outputs) return;
  for (let after: number | null = -1; after !== null; ) {
    const order = { batch, after, inputs };
    const page: SurveyPage<number> = await database.run('surveyUnits', order);
    yield page.blobs;
    after = page.last;
  }
}

/**
 * The folder says whose it is, from its first sweep on: to another database, named by mistake, all of
 * it would be orphans.
 */
async function isOurs({ dataFolder, log }: RetentionContext, folder: string): Promise<boolean> {
  const file = path.join(dataFolder, 'blobs', 'database');
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known === '') await writeFile(file, folder, { mode: 0o600 });
  if (known === '' || known === folder) return true;
  log.error({ file: 'blobs/database' }, 'the payloads are of another database: nothing is removed');
  return false;
}
