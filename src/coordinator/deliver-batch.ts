// From a batch's verified units to its output and error files, as OpenAI defines them, each line
// with the receipts of the units that it came from. Runs again from the start after a crash.
import { createHash } from 'node:crypto';
import { decodeBoundedOutput, decodeRowOutput } from '#protocol/bounded-unit.ts';
import { bytesToInt32, utf8 } from '#protocol/bytes.ts';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import type { MovingBatch } from '#store/batch-operations.ts';
import type { DeliveredUnit, Delivery } from '#store/delivery-operations.ts';
import type { FileRow } from '#store/file-operations.ts';
import type { Context } from './context.ts';
import { makeEmbeddingBody } from './embedding-body.ts';
import { makeInferBody } from './infer-body.ts';
import { keepUntil } from './keep-until.ts';
import { decodePlan, inferEndpoint, type Plan, type PlannedLine } from './plan-batch.ts';
import { readOutput } from './read-payloads.ts';
import { restoreOutput } from './read-units.ts';

/** Where each input of each line is: unit and row. */
type Places = { unit: number; row: number }[][];

interface Assembly {
  batch: MovingBatch;
  plan: Plan;
  units: DeliveredUnit[];
  places: Places;
  /** One input's answer. */
  readRow(unit: DeliveredUnit, row: number): Promise<Uint8Array>;
}

/** Outputs kept while lines hop between units. */
const outputsCachedMax = 1_024;

export async function deliverBatch(context: Context, batch: MovingBatch): Promise<void> {
  try {
    await writeFiles(context, batch);
  } catch (thrown) {
    if (context.closing() || toIdlewildError(thrown).code !== 'unit/output-unreadable')
      throw thrown;
    if (!(await restoreOutputs(context, batch))) throw thrown;
    await writeFiles(context, batch);
  }
}

/** @returns whether every output can be read now, or is not waited for any more */
async function restoreOutputs(context: Context, batch: MovingBatch): Promise<boolean> {
  let whole = true;
  const units = await context.database.run('readUnits', { batch: batch.id });
  for (const { id, output_blob: blob } of units) {
    const read = blob === null || (await readOutput(context, blob).catch(() => null));
    if (read === null && !(await restoreOutput(context, id))) whole = false;
  }
  return whole;
}

async function writeFiles(context: Context, batch: MovingBatch): Promise<void> {
  const { database, blobs } = context;
  const assembly = await gather(context, batch);
  const counts = { completed: 0, failed: 0 };
  const save = async (kind: 'output' | 'error'): Promise<FileRow | null> => {
    const chunks = writeLines(assembly, kind, counts);
    const first = await chunks.next();
    if (first.done) return null;
    const stored = await blobs.putStream(withFirst(first.value, chunks), Number.POSITIVE_INFINITY);
    const { open, output_expires_ms: wishMs } = batch;
    const now = context.now();
    return {
      id: makeId('file', `${batch.id} ${kind}`),
      project_id: batch.project_id,
      purpose: 'batch_output',
      filename: `${batch.id}_${kind}.jsonl`,
      bytes: stored.bytes,
      blob: stored.blob,
      created_at: now,
      expires_at: keepUntil({ open, from: now, wishMs }, context.waits),
    };
  };
  const delivery: Delivery = {
    batch: batch.id,
    now: context.now(),
    output: await save('output'),
    error: await save('error'),
    requestsCompleted: counts.completed,
    requestsFailed: counts.failed,
  };
  await database.run('finishBatch', delivery);
  context.log.info({ batch: batch.id, ...counts }, 'batch delivered');
}

/** Ids of what a batch brings forth follow from its own: a second try names them alike. */
function makeId(prefix: string, seed: string): string {
  return `${prefix}-${createHash('sha256').update(seed).digest('hex').slice(0, 32)}`;
}

async function gather(context: Context, batch: MovingBatch): Promise<Assembly> {
  const { database, blobs } = context;
  const plan: Plan = batch.plan_blob
    ? decodePlan(await blobs.read(batch.plan_blob))
    : { lines: [], units: [] };
  const units = await database.run('readUnits', { batch: batch.id });
  assert(units.length === plan.units.length, 'a plan has the units of its batch');
  const places: Places = plan.lines.map((line) => new Array(line.inputs));
  plan.units.forEach((rows, unit) => {
    rows.forEach(([line, input], row) => {
      places[line][input] = { unit, row };
    });
  });
  return { batch, plan, units, places, readRow: createRowReader(context, batch.endpoint) };
}

/** @returns a row of a unit's output, its unit's rows kept while lines hop between units */
function createRowReader(context: Context, endpoint: string): Assembly['readRow'] {
  const cache = new Map<string, Promise<Uint8Array[]>>();
  const readRows = async ({ row_count: rows }: DeliveredUnit, blob: string) => {
    const output = await readOutput(context, blob);
    if (endpoint === inferEndpoint) return decodeBoundedOutput(output);
    const size = output.length / rows;
    return Array.from({ length: rows }, (_, row) => output.subarray(row * size, (row + 1) * size));
  };
  return async (unit, row) => {
    const blob = unit.output_blob;
    assert(blob !== null, 'a delivered unit has an output');
    const reading = cache.get(blob) ?? readRows(unit, blob);
    cache.set(blob, reading);
    if (cache.size > outputsCachedMax) cache.delete(cache.keys().next().value as string);
    return (await reading)[row];
  };
}

async function* withFirst<Item>(first: Item, rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield first;
  yield* rest;
}

async function* writeLines(
  assembly: Assembly,
  kind: 'output' | 'error',
  counts: { completed: number; failed: number },
): AsyncGenerator<Uint8Array> {
  const { plan, units, places } = assembly;
  for (const [index, line] of plan.lines.entries()) {
    const own = [...new Set(places[index].map(({ unit }) => unit))].map((unit) => units[unit]);
    const done = !line.fault && own.every(({ output_blob }) => output_blob !== null);
    if (done !== (kind === 'output')) continue;
    if (done) counts.completed++;
    else counts.failed++;
    const value = done
      ? await writeOutput(assembly, { index, line, own })
      : writeError(assembly, { index, line });
    yield utf8(`${JSON.stringify(value)}\n`);
  }
}

interface LineInput {
  index: number;
  line: PlannedLine;
}

function lineIds({ batch }: Assembly, { index, line }: LineInput) {
  return {
    id: makeId('batch_req', `${batch.id} ${index}`),
    custom_id: line.customId,
    request_id: makeId('req', `${batch.id} ${index}`),
  };
}

async function writeOutput(
  assembly: Assembly,
  { index, line, own }: LineInput & { own: DeliveredUnit[] },
) {
  const { units, places } = assembly;
  const rows: Uint8Array[] = [];
  for (const { unit, row } of places[index]) rows.push(await assembly.readRow(units[unit], row));
  const { id, custom_id, request_id } = lineIds(assembly, { index, line });
  const body = makeBody(assembly.batch.endpoint, line, rows);
  const x_receipts = own.flatMap(({ receipts }) => receipts);
  return {
    id,
    custom_id,
    response: { status_code: 200, request_id, body },
    error: null,
    x_receipts,
  };
}

function makeBody(endpoint: string, line: PlannedLine, rows: Uint8Array[]) {
  const { model, encoding, tokens } = line;
  assert(model !== null, 'a line that was computed has a model');
  if (endpoint === inferEndpoint) return makeInferBody(model, decodeRowOutput(rows[0]));
  return makeEmbeddingBody({ outputs: rows.map(bytesToInt32), model, encoding, tokens });
}

/** A line's own fault is its response; a line never computed has an error instead, as OpenAI's. */
function writeError(assembly: Assembly, { index, line }: LineInput) {
  const { id, custom_id, request_id } = lineIds(assembly, { index, line });
  if (line.fault) {
    const { status, error } = line.fault;
    return {
      id,
      custom_id,
      response: { status_code: status, request_id, body: { error } },
      error: null,
      x_receipts: [],
    };
  }
  const error = whyUndone(assembly.batch);
  return { id, custom_id, response: null, error, x_receipts: [] };
}

function whyUndone({ expired, status }: MovingBatch): { code: string; message: string } {
  if (expired) {
    return { code: 'batch_expired', message: 'The completion window ended before this request.' };
  }
  if (status === 'cancelling') {
    return { code: 'batch_cancelled', message: 'The batch was cancelled before this request.' };
  }
  const message = "The coordinator's disk lost this request before it was computed. Send it again.";
  return { code: 'input_lost', message };
}
