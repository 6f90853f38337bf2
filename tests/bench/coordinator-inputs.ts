// The inputs of the coordinator's bench, and the digests of what they come to, worked out before the
// clock runs: the coordinator is measured, and the hashing of contributors is not its own to pay.
import { concatBytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { encodeUnitInput, outputDigest, unitDigest } from '#protocol/unit.ts';
import { rowWords } from './coordinator-contributor.ts';

/** Rows of a unit: 16 of 64 words make an output of 4 KB. */
export const unitRows = 16;
export const rowTokens = 8;
/** Units of which an input lies on disk; the queue is served in order and never gets further. */
export const inputsMax = 200_000;

function makeRows(unit: number): Uint32Array<ArrayBuffer>[] {
  return Array.from({ length: unitRows }, (_, row) =>
    Uint32Array.from(
      { length: rowTokens },
      (_, at) => Math.floor((unit * unitRows + row) / 64 ** at) % 64,
    ),
  );
}

/** Distinct tokens in each row of each unit. */
export function makeInput(model: Uint8Array<ArrayBuffer>, unit: number): Uint8Array {
  return encodeUnitInput({ model, rows: makeRows(unit) });
}

/** @param words output words of a row @returns the outputs' digests, by the unit's in hex */
export function prepareDigests(
  model: Uint8Array<ArrayBuffer>,
  units: number,
  words: number,
): Map<string, Uint8Array> {
  const digests = new Map<string, Uint8Array>();
  for (let unit = 0; unit < Math.min(units, inputsMax); unit++) {
    const output = concatBytes(...makeRows(unit).map((row) => wordsToBytes(rowWords(row, words))));
    const name = toHex(unitDigest(makeInput(model, unit)));
    digests.set(name, outputDigest(output, unitRows));
  }
  return digests;
}
