// What a batch's rows name is given up when its retention ends, in bounded steps, so that the writer's
// turn stays short: outputs of its units soon after its end, for its output file holds them; all the
// rest later. A step commits that rows name nothing any more; then the caller removes the files that it
// is told. A crash between the two leaves orphans, which coordinator/sweep-payloads.ts finds.
//
// batch: ended -> outputs deleted -> payloads deleted; file: kept -> deleted. No way back.
import { deletedBlob } from './payload-files.ts';
import type { Transaction } from './transaction.ts';

/** For how long the operator keeps payloads after a batch's end; 0 for ever. */
export interface Retention {
  now: number;
  /** Of private batches, and of files that no batch has. */
  privateMs: number;
  /** Of open ones. */
  openMs: number;
  /** Nothing goes sooner: a lease that was withdrawn may still bring its result. */
  settledMs: number;
}

/** Before every row's time: what is kept for ever. */
const never = -1;
/** Batches looked up at once. */
const batchesMax = 64;
/**
 * Units of a step: the writer's turn, in which nothing else is written. With two results each they take
 * 10 to 20 ms of CPU (PGlite).
 */
const dropUnitsMax = 500;

const since = (now: number, keptMs: number) => (keptMs > 0 ? now - keptMs : never);

/**
 * What is still being checked so long after its batch's end waits for something that is lost: it is
 * waited for no longer.
 */
const patienceMs = 24 * 60 * 60_000;

/** Units of a batch that are still being checked have no retention yet. */
const settled = `ended_at <= $1::bigint and not id = any($2)
  and (rows_open = 0 and units_held = 0 or ended_at <= $1::bigint - ${patienceMs})`;

/** Batches whose payloads are due. @param except ids, of those that were tried */
export async function findBatchesOver(
  transaction: Transaction,
  { now, privateMs, openMs, settledMs, except }: Retention & { except: readonly string[] },
): Promise<{ id: string }[]> {
  const kept = `payloads_deleted_at is null and ${settled}`;
  return transaction.query<{ id: string }>(
    `(select id from batches where kept_until <= $3 and ${kept} order by kept_until limit $6)
     union (select id from batches where not open and ended_at <= $4 and ${kept}
       order by ended_at limit $6)
     union (select id from batches where open and ended_at <= $5 and ${kept}
       order by ended_at limit $6)`,
    [now - settledMs, except, now, since(now, privateMs), since(now, openMs), batchesMax],
  );
}

/** Batches whose units' outputs are due. */
export async function findOutputsOver(
  transaction: Transaction,
  { now, settledMs, except }: Pick<Retention, 'now' | 'settledMs'> & { except: readonly string[] },
): Promise<{ id: string }[]> {
  return transaction.query<{ id: string }>(
    `select id from batches where outputs_deleted_at is null and ${settled}
     order by ended_at limit $3`,
    [now - settledMs, except, batchesMax],
  );
}

export interface DropUnits {
  batch: string;
  now: number;
  /** Inputs too. */
  inputs: boolean;
  /** Ordinal of the last unit of the step before; -1 to begin. */
  after: number;
}

export interface DroppedUnits {
  /** Ordinal of the last one looked at; null where there was none. */
  last: number | null;
  /** Units that somebody may still need. */
  busy: number;
}

/** One step through a batch's units. */
export async function dropUnitPayloads(
  transaction: Transaction,
  { batch, now, inputs, after }: DropUnits,
): Promise<DroppedUnits> {
  const units = await transaction.query<{ id: number; ordinal: number; quiet: boolean }>(
    `select units.id, ordinal,
       state in (2, 3) and leased = 0 and answered = 0 or ended_at <= $4 as quiet
     from units join batches on batches.id = batch_id
     where batch_id = $1 and ordinal > $2 order by ordinal limit $3`,
    [batch, after, dropUnitsMax, now - patienceMs],
  );
  const quiet = units.filter((unit) => unit.quiet).map(({ id }) => id);
  await giveUp(transaction, quiet, inputs);
  return { last: units.at(-1)?.ordinal ?? null, busy: units.length - quiet.length };
}

async function giveUp(
  transaction: Transaction,
  units: readonly number[],
  inputs: boolean,
): Promise<void> {
  if (units.length === 0) return;
  await transaction.query(
    `update results set output_blob = $2
     where unit_id = any($1) and output_blob is not null and output_blob <> $2`,
    [units, deletedBlob],
  );
  await transaction.query(
    `update units set output_blob = case when output_blob is not null then $2 end,
       input_blob = case when $3::boolean then $2 else input_blob end
     where id = any($1) and (output_blob <> $2 or $3::boolean and input_blob <> $2)`,
    [units, deletedBlob, inputs],
  );
}

/** Rows of several batches in one input: an audit that is over is nobody's to keep. */
export async function dropAuditPayloads(
  transaction: Transaction,
  { madeBefore }: { madeBefore: number },
): Promise<{ dropped: number }> {
  const audits = await transaction.query<{ id: number }>(
    `select id from units where kind + 0 = 1 and input_blob <> 'deleted' and made_at <= $1
       and state in (2, 3) and leased = 0 and answered = 0
     order by id limit $2`,
    [madeBefore, dropUnitsMax],
  );
  await giveUp(
    transaction,
    audits.map(({ id }) => id),
    true,
  );
  return { dropped: audits.length };
}

/**
 * A batch all of whose units were gone through: its plan and its files go, its input file unless
 * another batch has it. @returns payloads that no row names any more
 */
export async function endBatchPayloads(
  transaction: Transaction,
  { batch, inputs, now }: { batch: string; inputs: boolean; now: number },
): Promise<string[]> {
  if (!inputs) {
    await transaction.query(
      'update batches set outputs_deleted_at = $2 where id = $1 and outputs_deleted_at is null',
      [batch, now],
    );
    return [];
  }
  const [plan] = await transaction.query<{ blob: string | null }>(
    'select plan_blob as blob from batches where id = $1',
    [batch],
  );
  await transaction.query(
    `update batches set outputs_deleted_at = coalesce(outputs_deleted_at, $2),
       payloads_deleted_at = $2, plan_blob = case when plan_blob is not null then $3 end
     where id = $1 and payloads_deleted_at is null`,
    [batch, now, deletedBlob],
  );
  const files = await transaction.query<{ blob: string }>(
    `with over as (
       select files.id, blob from files join batches
         on files.id in (input_file_id, output_file_id, error_file_id)
       where batches.id = $1 and blob <> $3 and (files.id <> input_file_id or not exists
         (select from batches as others where others.input_file_id = files.id
           and others.payloads_deleted_at is null))
     )
     update files set blob = $3, deleted_at = coalesce(deleted_at, $2) from over
     where files.id = over.id returning over.blob`,
    [batch, now, deletedBlob],
  );
  const blobs = [plan?.blob, ...files.map(({ blob }) => blob)];
  return blobs.filter((blob): blob is string => typeof blob === 'string' && blob !== deletedBlob);
}

/**
 * Files that their owner deleted, or whose time is over, once no batch is still being read from them.
 * @returns payloads that no row names any more
 */
export async function dropFiles(
  transaction: Transaction,
  { now, privateMs }: Pick<Retention, 'now' | 'privateMs'>,
): Promise<string[]> {
  const free = `blob <> 'deleted' and not exists (select from batches
    where input_file_id = files.id and status = 'validating')`;
  const files = await transaction.query<{ blob: string }>(
    `with over as (
       (select id, blob from files where deleted_at is not null and ${free} limit $3)
       union (select id, blob from files where expires_at <= $1 and ${free}
         order by expires_at limit $3)
       union (select id, blob from files where expires_at is null and created_at <= $2
           and purpose = 'batch' and ${free}
           and not exists (select from batches where input_file_id = files.id
             and payloads_deleted_at is null)
         order by created_at limit $3)
     )
     update files set blob = 'deleted', deleted_at = coalesce(deleted_at, $1) from over
     where files.id = over.id returning over.blob`,
    [now, since(now, privateMs), dropUnitsMax],
  );
  return files.map(({ blob }) => blob);
}
