// The coordinator as partner of last resort, arbiter and auditor: one job at a time, found by the
// store, computed by the partner's thread, ruled on by the store again.
import { equalBytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import { decodeUnitInput, outputDigest, rowDigest } from '#protocol/unit.ts';
import { nameJob } from '#store/claim-operations.ts';
import type { PartnerJob } from '#store/partner-operations.ts';
import { readRow } from './compose-audits.ts';
import type { Context } from './context.ts';
import type { Retries } from './retries.ts';

type Job<Kind extends PartnerJob['kind']> = Extract<PartnerJob, { kind: Kind }>;

/** @returns whether there was something to do */
export async function computeOne(context: Context, damaged: Retries<string>): Promise<boolean> {
  const { claims, waits, laboratory } = context;
  const except = damaged.waiting();
  const job = await claims.takeJob({ now: context.now(), waits, laboratory, except });
  if (!job) return false;
  try {
    await claims.hold({ job }, () => compute(context, job));
    context.wake();
  } catch (thrown) {
    if (context.closing()) throw thrown;
    const names = nameJob(job);
    for (const name of names) damaged.failed(name);
    const { code, message } = toIdlewildError(thrown);
    context.log.error({ jobs: names, code, err: thrown }, message);
  }
  return true;
}

function compute(context: Context, job: PartnerJob): Promise<void> {
  if (job.kind === 'unit') return computeUnit(context, job);
  return job.kind === 'audit' ? computeAudit(context, job) : computeRows(context, job);
}

/** Digests, or whole outputs, of rows by the coordinator itself. */
async function encode(
  { models, partner }: Context,
  model: Uint8Array,
  rows: readonly Uint32Array[],
): Promise<Uint8Array> {
  const served = models.find(toHex(model));
  assert(served, 'a unit is of a model that is served');
  return wordsToBytes(await partner.encode(served.folder, rows));
}

function digestRows(output: Uint8Array, count: number): Uint8Array[] {
  const rowBytes = output.length / count;
  return Array.from({ length: count }, (_, row) =>
    rowDigest(output.subarray(row * rowBytes, (row + 1) * rowBytes)),
  );
}

async function computeUnit(context: Context, { id, model, inputBlob }: Job<'unit'>): Promise<void> {
  const { blobs, database } = context;
  const { rows } = decodeUnitInput(await blobs.read(inputBlob));
  const output = await encode(context, model, rows);
  await database.run('settleByCoordinator', {
    unit: id,
    digest: outputDigest(output, rows.length),
    outputBlob: await blobs.pack(output),
    ...context.verdicts(),
  });
}

/** Only rows on which the auditor and the audited differ are computed. */
async function computeAudit(context: Context, job: Job<'audit'>): Promise<void> {
  const { blobs, database } = context;
  const { rows } = decodeUnitInput(await blobs.read(job.inputBlob));
  const given = digestRows(await blobs.read(job.outputBlob), rows.length);
  const places = given.flatMap((digest, place) => {
    const expected = job.expected[place];
    return expected && !equalBytes(digest, expected) ? [place] : [];
  });
  const truths: (Uint8Array | null)[] = rows.map(() => null);
  if (places.length > 0) {
    const asked = places.map((place) => rows[place]);
    const digests = digestRows(await encode(context, job.model, asked), asked.length);
    for (const [index, place] of places.entries()) truths[place] = digests[index];
  }
  const ruled = { unit: job.id, given, truths, ...context.verdicts() };
  await database.run('settleAuditByCoordinator', ruled);
}

async function computeRows(context: Context, { model, rows }: Job<'rows'>): Promise<void> {
  const read = await Promise.all(rows.map((row) => readRow(context, row)));
  const tokens = read.map((row) => row.tokens);
  const truths = digestRows(await encode(context, model, tokens), tokens.length);
  await context.database.run('settleRows', {
    rows: read.map(({ digest }, index) => ({ id: rows[index].id, digest, truth: truths[index] })),
    ...context.verdicts(),
  });
}
