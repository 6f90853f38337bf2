// Deterministic CBOR (RFC 8949 section 4.2): one value has one encoding, so bytes can be signed.
import { decode, encode, rfc8949EncodeOptions, Tokenizer } from 'cborg';
import { type Bytes, equalBytes } from './bytes.ts';
import { IdlewildError } from './errors.ts';
import { limits } from './limits.ts';

const options = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  rejectDuplicateMapKeys: true,
};

export function encodeCbor(value: unknown): Bytes {
  return new Uint8Array(encode(value, rfc8949EncodeOptions));
}

/** Millions of empty arrays fit into a body, and would hold up everyone else for a second. */
function countItems(bytes: Uint8Array) {
  const tokenizer = new Tokenizer(bytes, options);
  let items = 0;
  return {
    pos: () => tokenizer.pos(),
    done: () => tokenizer.done(),
    next() {
      items++;
      if (items > limits.cborItemsMax) {
        throw new Error(`more than ${limits.cborItemsMax} items (cborItemsMax)`);
      }
      return tokenizer.next();
    },
  };
}

/**
 * Decodes exactly one value in its one deterministic form.
 * @throws cbor/malformed on truncated, trailing, indefinite, duplicate-key or non-canonical bytes
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = decode(bytes, { ...options, tokenizer: countItems(bytes) });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new IdlewildError('cbor/malformed', `The body is not valid CBOR: ${detail}`, { cause });
  }
  if (!equalBytes(encodeCbor(value), bytes)) {
    throw new IdlewildError('cbor/malformed', 'The CBOR body is not in its deterministic form.');
  }
  return value;
}
