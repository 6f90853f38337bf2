// Deterministic CBOR (RFC 8949 section 4.2): one value has one encoding, so bytes can be signed.
// Our own, for the few types that the wire has: a general codec took four times the CPU, and read
// strictly only by encoding again what it had decoded (tests/protocol/cbor.test.ts compares the two).
import type { Bytes } from './bytes.ts';
import { readCborValue } from './cbor-reader.ts';
import { writeCbor } from './cbor-writer.ts';
import { IdlewildError } from './errors.ts';

export function encodeCbor(value: unknown): Bytes {
  return writeCbor(value);
}

/**
 * Decodes exactly one value in its one deterministic form.
 * @throws cbor/malformed on truncated, trailing, indefinite, duplicate-key or non-canonical bytes
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  return decode(bytes, false);
}

/**
 * The same, its byte strings views of `bytes`: for a body that is looked at and let go. What is kept,
 * or goes to another thread, is to be copied: a view takes the whole body along.
 * @throws cbor/malformed
 */
export function viewCbor(bytes: Uint8Array): unknown {
  return decode(bytes, true);
}

function decode(bytes: Uint8Array, inPlace: boolean): unknown {
  try {
    return readCborValue(bytes, inPlace);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new IdlewildError('cbor/malformed', `The body is not valid CBOR: ${detail}`, { cause });
  }
}
