// The coordinator as partner of last resort, arbiter and auditor: one job at a time, found by the
// store, computed by the partner's thread, ruled on by the store again.
import { equalBytes } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { outputDigest, rowDigest } from '#protocol/unit.ts';
import { nameJob } from '#store/claim-operations.ts';
import type { PartnerJob } from '#store/partner-operations.ts';
import { compareUnit } from './compare-unit.ts';
import type { Context } from './context.ts';
import type { Step } from './loops.ts';
import { readInput, readOutput } from './read-payloads.ts';
import { encodeRows, readRows, withdraw } from './read-units.ts';

type Job<Kind extends PartnerJob['kind']> = Extract<PartnerJob, { kind: Kind }>;

/** @returns whether there was something to do; rows are best computed many at a time */
export async function computeOne(context: Context): Promise<Step> {
  const { claims, losses, waits, laboratory } = context;
  const except = losses.waiting();
  const job = await claims.takeJob({ now: context.now(), waits, laboratory, except });
  if (!job) return false;
  try {
    await claims.hold({ job }, () => compute(context, job));
    context.wake();
  } catch (thrown) {
    if (context.closing()) throw thrown;
    await putAside(context, job, thrown);
  }
  return job.kind === 'rows' ? 'rest' : true;
}

/** Whatever failed is tried again, unless its input, or what its auditor gave, is lost. */
async function putAside(context: Context, job: PartnerJob, thrown: unknown): Promise<void> {
  const { code, message, cause } = toIdlewildError(thrown);
  const jobs = nameJob(job);
  context.log.error({ jobs, code, err: thrown }, message);
  const lost = jobs.map((name) => context.losses.failed(name, cause)).includes(true);
  const unreadable = code === 'unit/input-unreadable' || code === 'unit/output-unreadable';
  if (lost && unreadable && job.kind !== 'rows') await withdraw(context, job.id, false);
}

function compute(context: Context, job: PartnerJob): Promise<void> {
  if (job.kind === 'unit') return computeUnit(context, job);
  if (job.kind === 'bounded') return compareUnit(context, job);
  return job.kind === 'audit' ? computeAudit(context, job) : computeRows(context, job);
}

function digestRows(output: Uint8Array, count: number): Uint8Array[] {
  const rowBytes = output.length / count;
  return Array.from({ length: count }, (_, row) =>
    rowDigest(output.subarray(row * rowBytes, (row + 1) * rowBytes)),
  );
}

async function computeUnit(context: Context, { id, model, inputBlob }: Job<'unit'>): Promise<void> {
  const { blobs, database } = context;
  const rows = await readInput(context, inputBlob);
  const output = await encodeRows(context, model, rows);
  await database.run('settleByCoordinator', {
    unit: id,
    digest: outputDigest(output, rows.length),
    outputBlob: await blobs.pack(output),
    ...context.verdicts(),
  });
}

/** Only rows on which the auditor and the audited differ are computed. */
async function computeAudit(context: Context, job: Job<'audit'>): Promise<void> {
  const { database } = context;
  const rows = await readInput(context, job.inputBlob);
  const given = digestRows(await readOutput(context, job.outputBlob), rows.length);
  const places = given.flatMap((digest, place) => {
    const expected = job.expected[place];
    return expected && !equalBytes(digest, expected) ? [place] : [];
  });
  const truths: (Uint8Array | null)[] = rows.map(() => null);
  if (places.length > 0) {
    const asked = places.map((place) => rows[place]);
    const digests = digestRows(await encodeRows(context, job.model, asked), asked.length);
    for (const [index, place] of places.entries()) truths[place] = digests[index];
  }
  const ruled = { unit: job.id, given, truths, ...context.verdicts() };
  await database.run('settleAuditByCoordinator', ruled);
}

async function computeRows(context: Context, { model, rows }: Job<'rows'>): Promise<void> {
  const read = await readRows(context, rows);
  if (read.length === 0) return;
  const tokens = read.map((row) => row.tokens);
  const truths = digestRows(await encodeRows(context, model, tokens), tokens.length);
  await context.database.run('settleRows', {
    rows: read.map(({ id, digest }, index) => ({ id, digest, truth: truths[index] })),
    ...context.verdicts(),
  });
}
