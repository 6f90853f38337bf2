// Payloads of units, read for whoever computes, audits, compares or delivers them.
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { decodeUnitInput } from '#protocol/unit.ts';
import type { Context } from './context.ts';

/** As it is leased. @throws unit/input-unreadable */
export function readInputBytes({ blobs }: Context, blob: string): Promise<Bytes> {
  // A batch's inputs lie in its own pack in the order in which they are leased: 5 µs of CPU each, where
  // one read of the disk for each takes 12.
  return blobs.readAhead(blob).catch((cause) => {
    throw new IdlewildError('unit/input-unreadable', 'A unit has an input that cannot be read.', {
      cause,
    });
  });
}

/** @throws unit/input-unreadable */
export async function readInput(
  context: Context,
  blob: string,
): Promise<Uint32Array<ArrayBuffer>[]> {
  return decodeUnitInput(await readInputBytes(context, blob)).rows;
}

/** @throws unit/output-unreadable */
export function readOutput({ blobs }: Context, blob: string): Promise<Bytes> {
  return blobs.read(blob).catch((cause) => {
    throw new IdlewildError('unit/output-unreadable', 'A unit has an output that cannot be read.', {
      cause,
    });
  });
}
