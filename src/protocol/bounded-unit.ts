// A unit of a bounded model: requests that are each run alone, so that batching can change nothing.
// Its rows' outputs are tensors of any shape, and so byte strings of any length.
import { sha256 } from '#sha256';
import type { Bytes } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { IdlewildError } from './errors.ts';
import { limits } from './limits.ts';
import { merkleRoot } from './merkle.ts';
import { checkTensorMap, type TensorMap } from './tensor.ts';

export interface BoundedUnitInput {
  /** sha256 of the model's manifest, 32 bytes. */
  model: Bytes;
  /** A row each. */
  requests: TensorMap[];
}

function refuse(what: string): IdlewildError {
  return new IdlewildError('unit/malformed', `Bounded unit: ${what}`);
}

function checkSize(
  bytes: Uint8Array,
  what: string,
  limit: 'boundedInputBytesMax' | 'boundedOutputBytesMax',
): void {
  const most = limits[limit];
  if (bytes.length > most) {
    throw refuse(`${what}: ${bytes.length} bytes exceed ${limit} (${most}).`);
  }
}

/** Deterministic: its sha256 (`unitDigest`) is the unit's name. */
export function encodeBoundedInput({ model, requests }: BoundedUnitInput): Bytes {
  return encodeCbor({ model, requests });
}

/** @throws unit/malformed, tensor/malformed or cbor/malformed, with the field */
export function decodeBoundedInput(bytes: Uint8Array): BoundedUnitInput {
  checkSize(bytes, 'input', 'boundedInputBytesMax');
  const value = decodeCbor(bytes);
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) {
    throw refuse('input: expected a map of model and requests.');
  }
  const { model, requests } = value as { model?: unknown; requests?: unknown };
  if (!(model instanceof Uint8Array) || model.length !== 32) {
    throw refuse('model: expected 32 bytes.');
  }
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > limits.unitRowsMax) {
    throw refuse(`requests: expected 1 to ${limits.unitRowsMax} (unitRowsMax).`);
  }
  return {
    model: model as Bytes,
    requests: requests.map((request, row) => checkTensorMap(request, `requests[${row}]`)),
  };
}

/** One request's outputs: a row of the unit's output. */
export function encodeRowOutput(outputs: TensorMap): Bytes {
  return encodeCbor(outputs);
}

/** @throws unit/malformed, tensor/malformed or cbor/malformed */
export function decodeRowOutput(bytes: Uint8Array): TensorMap {
  checkSize(bytes, 'row', 'boundedOutputBytesMax');
  return checkTensorMap(decodeCbor(bytes), 'outputs');
}

/** @param rows each as `encodeRowOutput` wrote it, in the order of the requests */
export function encodeBoundedOutput(rows: readonly Bytes[]): Bytes {
  return encodeCbor(rows);
}

/**
 * The rows, still encoded.
 * @throws unit/malformed or cbor/malformed
 */
export function decodeBoundedOutput(bytes: Uint8Array): Bytes[] {
  checkSize(bytes, 'output', 'boundedOutputBytesMax');
  const rows = decodeCbor(bytes);
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > limits.unitRowsMax) {
    throw refuse(`output: expected 1 to ${limits.unitRowsMax} rows (unitRowsMax).`);
  }
  return rows.map((row: unknown, index) => {
    if (!(row instanceof Uint8Array)) throw refuse(`output, row ${index}: expected bytes.`);
    return row as Bytes;
  });
}

/** What `outputDigest` is to exact units: the Merkle root over sha256 of each row's bytes. */
export function boundedDigest(rows: readonly Uint8Array[]): Bytes {
  return merkleRoot(rows.map((row) => sha256(row)));
}
