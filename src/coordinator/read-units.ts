// Payloads of units, read for whoever computes, audits or delivers them. One that cannot be read is
// the matter of its own unit alone: an output is computed again from its input, a unit without an
// input is withdrawn once it is sure that the input is lost (store/lost-payloads.ts).
import { type Bytes, wordsToBytes } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { decodeUnitInput, decodeUnitRow, outputDigest, rowDigest } from '#protocol/unit.ts';
import type { GatheredRow } from '#store/compose-operations.ts';
import type { OutputHome } from '#store/lost-payloads.ts';
import { deletedBlob } from '#store/payload-files.ts';
import type { Recomputed } from '#store/settlement.ts';
import { computeUnit } from './compare-unit.ts';
import type { Context } from './context.ts';
import { findExact } from './model-store.ts';
import { readInput, readInputBytes, readOutput } from './read-payloads.ts';

/** Whole outputs of rows by the coordinator itself. */
export async function encodeRows(
  { models, partner }: Context,
  model: Uint8Array,
  rows: readonly Uint32Array[],
): Promise<Bytes> {
  return wordsToBytes(await partner.encode(findExact(models, model).folder, rows));
}

export interface ReadRow {
  id: number;
  tokens: Uint32Array<ArrayBuffer>;
  /** Of its output. */
  digest: Bytes;
}

/** Rows of finished units, but for those that cannot be read: they are put aside. */
export async function readRows(context: Context, rows: readonly GatheredRow[]): Promise<ReadRow[]> {
  const read = await Promise.all(
    rows.map(async (row) => {
      try {
        return await readRow(context, row);
      } catch (thrown) {
        if (context.closing()) throw thrown;
        await heedUnreadable(context, { job: `row ${row.id}`, unit: row.unit, thrown });
        return null;
      }
    }),
  );
  return read.filter((row) => row !== null);
}

async function readRow(
  context: Context,
  { id, place, inputBlob, outputBlob }: GatheredRow,
): Promise<ReadRow> {
  const input = await readInputBytes(context, inputBlob);
  const known = context.rowDigests.find(outputBlob, place);
  if (known) return { id, tokens: decodeUnitRow(input, place), digest: known };
  const { rows } = decodeUnitInput(input);
  const output = await readOutput(context, outputBlob);
  const rowBytes = output.length / rows.length;
  const bytes = output.subarray(place * rowBytes, (place + 1) * rowBytes);
  return { id, tokens: rows[place], digest: rowDigest(bytes) };
}

interface Unreadable {
  /** As it is put aside. */
  job: string;
  unit: number;
  thrown: unknown;
}

/** A payload of a unit of a batch could not be read. */
export async function heedUnreadable(
  context: Context,
  { job, unit, thrown }: Unreadable,
): Promise<void> {
  const { code, message, cause } = toIdlewildError(thrown);
  context.log.error({ job, unit, code, err: thrown }, message);
  const lost = context.losses.failed(job, cause);
  if (code === 'unit/output-unreadable') await restoreOutput(context, unit);
  else if (lost) await withdraw(context, unit, false);
}

/** A unit, or an audit, whose input is lost, or an audit without what its auditor gave. */
export async function withdraw(context: Context, unit: number, output: boolean): Promise<void> {
  await context.database.run('withdrawLost', { unit, output, ...context.verdicts() });
  context.log.error({ unit }, 'a unit was withdrawn, for its payload is lost');
  context.wake();
}

async function computeAgain(
  context: Context,
  { bounded, inputBlob, model }: OutputHome,
): Promise<Recomputed> {
  if (bounded) return (await computeUnit(context, { inputBlob, model })).recomputed;
  const rows = await readInput(context, inputBlob);
  const output = await encodeRows(context, model, rows);
  return {
    digest: outputDigest(output, rows.length),
    outputBlob: await context.blobs.pack(output),
  };
}

/** @returns whether the output is there again, or needed no more */
export async function restoreOutput(context: Context, unit: number): Promise<boolean> {
  const { database, losses, log } = context;
  const home = await database.run('findOutputHome', { unit });
  if (!home) return true;
  try {
    // Its batch is over: nobody waits for it but its rows.
    if (home.outputBlob === deletedBlob) {
      await withdraw(context, unit, false);
      return true;
    }
    const again = await computeAgain(context, home);
    const restored = { unit, lostBlob: home.outputBlob, ...again };
    await database.run('restoreOutput', { ...restored, ...context.verdicts() });
    log.warn({ unit }, 'an output that was lost was computed again');
    context.wake();
    return true;
  } catch (thrown) {
    const { code, message, cause } = toIdlewildError(thrown);
    log.error({ unit, code, err: thrown }, message);
    if (code !== 'unit/input-unreadable' || !losses.failed(`unit ${unit}`, cause)) return false;
    await withdraw(context, unit, true);
    return true;
  }
}
