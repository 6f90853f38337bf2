// A unit: a fixed, content-addressed piece of a batch. Its input names the model and the rows'
// tokens; its output digest is a Merkle root over its rows, so that one row can be shown alone.
import { sha256 } from '#sha256';
import { type Bytes, bytesToUint32, wordsToBytes } from './bytes.ts';
import { encodeCbor, viewCbor } from './cbor.ts';
import { IdlewildError } from './errors.ts';
import { limits } from './limits.ts';
import { merkleRoot } from './merkle.ts';

export interface UnitInput {
  /** sha256 of the model's manifest, 32 bytes. */
  model: Bytes;
  /** Token ids of each row, special tokens included. */
  rows: Uint32Array<ArrayBuffer>[];
}

export function encodeUnitInput({ model, rows }: UnitInput): Bytes {
  return encodeCbor({ model, rows: rows.map(wordsToBytes) });
}

/** The unit's name: sha256 of its encoded input. */
export function unitDigest(encodedInput: Uint8Array): Bytes {
  return sha256(encodedInput);
}

/**
 * @returns views of `bytes`: the model, and each row's tokens
 * @throws unit/malformed, with the field, on anything that encodeUnitInput would not write
 */
function viewUnitInput(bytes: Uint8Array): { model: Uint8Array; rows: Uint8Array[] } {
  const refuse = (what: string) => new IdlewildError('unit/malformed', `Unit input: ${what}`);
  if (bytes.length > limits.unitBytesMax) {
    throw refuse(`${bytes.length} bytes exceed unitBytesMax (${limits.unitBytesMax}).`);
  }
  const value = viewCbor(bytes) as { model?: unknown; rows?: unknown } | null;
  if (!value || typeof value !== 'object' || Object.keys(value).length !== 2) {
    throw refuse('expected a map of model and rows.');
  }
  const { model, rows } = value;
  if (!(model instanceof Uint8Array) || model.length !== 32)
    throw refuse('model: expected 32 bytes.');
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > limits.unitRowsMax) {
    throw refuse(`rows: expected 1 to ${limits.unitRowsMax} (unitRowsMax).`);
  }
  for (const [index, row] of rows.entries()) {
    const length = row instanceof Uint8Array ? row.length : 0;
    if (length === 0 || length % 4 !== 0 || length > 4 * limits.tokensMax) {
      throw refuse(`rows[${index}]: expected 1 to ${limits.tokensMax} (tokensMax) u32 tokens.`);
    }
  }
  return { model, rows };
}

/** @throws unit/malformed, with the field, on anything that encodeUnitInput would not write */
export function decodeUnitInput(bytes: Uint8Array): UnitInput {
  const { model, rows } = viewUnitInput(bytes);
  return { model: new Uint8Array(model), rows: rows.map(bytesToUint32) };
}

/**
 * One row's tokens, where no other is needed.
 * @throws unit/malformed as decodeUnitInput does, and where there is no such row
 */
export function decodeUnitRow(bytes: Uint8Array, place: number): Uint32Array<ArrayBuffer> {
  const { rows } = viewUnitInput(bytes);
  if (place >= 0 && place < rows.length) return bytesToUint32(rows[place]);
  throw new IdlewildError(
    'unit/malformed',
    `Unit input: ${rows.length} rows have no row ${place}.`,
  );
}

/** sha256 of one row's output bytes: i32 little-endian, one word per output dimension. */
export function rowDigest(rowOutput: Uint8Array): Bytes {
  return sha256(rowOutput);
}

/**
 * The digest that replicas compare: the Merkle root over the rows' digests.
 * @param output the rows' outputs in order, each of the same length
 */
export function outputDigest(output: Uint8Array, rows: number): Bytes {
  return merkleRoot(rowDigests(output, rows));
}

/** @param output the rows' outputs in order, each of the same length */
export function rowDigests(output: Uint8Array, rows: number): Bytes[] {
  const rowBytes = output.length / rows;
  if (rows < 1 || !Number.isInteger(rowBytes) || rowBytes === 0) {
    throw new IdlewildError(
      'unit/output-length',
      `${output.length} bytes of output do not divide into ${rows} rows.`,
    );
  }
  const digests: Bytes[] = [];
  for (let row = 0; row < rows; row++) {
    digests.push(rowDigest(output.subarray(row * rowBytes, (row + 1) * rowBytes)));
  }
  return digests;
}
