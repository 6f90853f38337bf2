// Which files of payloads the rows name, page by page: whatever else lies in the folder and is old is
// an orphan. Batches whose payloads are deleted are not gone through, nor units whose inputs lie in
// their batch's own pack, so that this costs what is under way, not what ever was. Pages need not be of
// one moment: a row names what was written just before it, and gives names up for good.
import { deletedBlob, isPacked } from './payload-files.ts';
import type { Transaction } from './transaction.ts';

/** Rows of a page. */
const pageRows = 1_000;

export interface SurveyPage<Key> {
  blobs: string[];
  /** Of the page's last row; null at the end. */
  last: Key | null;
}

/** @returns the folder's id where it is time to look for orphans, for one coordinator among all */
export async function takeSweep(
  transaction: Transaction,
  { now, sweepMs }: { now: number; sweepMs: number },
): Promise<string | null> {
  const [turn] = await transaction.query<{ folder: string }>(
    'update payload_folder set sweep_at = $2 where sweep_at <= $1 returning folder',
    [now, now + sweepMs],
  );
  return turn?.folder ?? null;
}

export async function surveyFiles(
  transaction: Transaction,
  { after }: { after: string },
): Promise<SurveyPage<string>> {
  const rows = await transaction.query<{ id: string; blob: string }>(
    `select id, blob from files where blob <> 'deleted' and id > $1 order by id limit $2`,
    [after, pageRows],
  );
  return { blobs: rows.map(({ blob }) => blob), last: rows.at(-1)?.id ?? null };
}

export interface SurveyedBatch {
  id: string;
  /** Its units' inputs are not in its own pack, as those of earlier releases. */
  inputs: boolean;
  /** Its units have outputs. */
  outputs: boolean;
}

export async function surveyBatches(
  transaction: Transaction,
  { after }: { after: string },
): Promise<SurveyPage<string> & { batches: SurveyedBatch[] }> {
  const rows = await transaction.query<{ id: string; plan: string | null; outputs: boolean }>(
    `select id, plan_blob as plan, outputs_deleted_at is null as outputs from batches
     where payloads_deleted_at is null and id > $1 order by id limit $2`,
    [after, pageRows],
  );
  return {
    blobs: rows.flatMap(({ plan }) => plan ?? []),
    last: rows.at(-1)?.id ?? null,
    batches: rows.map(({ id, plan, outputs }) => {
      const inputs = plan === null || !isPacked(plan);
      return { id, inputs, outputs };
    }),
  };
}

/** One payload for each file. */
const distinctFiles = `select null as blob, max(key) as last from slice
  union all
  select min(blob), null from (
    select output_blob as blob from slice
    union all select input_blob from slice where $3::boolean
    union all select results.output_blob from results join slice on unit_id = slice.id
  ) as named where blob <> '${deletedBlob}' group by split_part(blob, '-', 1)`;

type SliceRow = { blob: string | null; last: number | null };

function toPage(rows: SliceRow[]): SurveyPage<number> {
  const last = rows.find(({ blob }) => blob === null)?.last ?? null;
  return {
    blobs: rows.flatMap(({ blob }) => blob ?? []),
    last: last === null ? null : Number(last),
  };
}

/** A batch's units by ordinal: files that hold their outputs, and their inputs. */
export async function surveyUnits(
  transaction: Transaction,
  { batch, after, inputs }: { batch: string; after: number; inputs: boolean },
): Promise<SurveyPage<number>> {
  const rows = await transaction.query<SliceRow>(
    `with slice as materialized (select id, ordinal::bigint as key, input_blob, output_blob
       from units where batch_id = $1 and ordinal > $2 order by ordinal limit $4)
     ${distinctFiles}`,
    [batch, after, inputs, pageRows],
  );
  return toPage(rows);
}

/** Audits by id, which name inputs and outputs in shared packs. */
export async function surveyAudits(
  transaction: Transaction,
  { after }: { after: number },
): Promise<SurveyPage<number>> {
  const rows = await transaction.query<SliceRow>(
    `with slice as materialized (select id, id as key, input_blob, output_blob
       from units where kind + 0 = 1 and input_blob <> 'deleted' and id > $1 and $3::boolean
       order by id limit $2)
     ${distinctFiles}`,
    [after, pageRows, true],
  );
  return toPage(rows);
}
