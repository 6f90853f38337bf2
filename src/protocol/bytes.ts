// Bytes as hex, base64url and text; the small change that every area pays with.
import { IdlewildError } from './errors.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

const digits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += digits[byte];
  return hex;
}

/** @throws bytes/not-hex unless `hex` is an even run of lower-case hex digits */
export function fromHex(hex: string): Bytes {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    throw new IdlewildError('bytes/not-hex', 'Expected an even run of lower-case hex digits.');
  }
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

export function concatBytes(...parts: Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Words as little-endian bytes: i32 rows and u32 tokens travel so, whatever the host. */
export function wordsToBytes(words: Int32Array | Uint32Array): Bytes {
  if (hostIsLittleEndian) {
    return new Uint8Array(words.buffer, words.byteOffset, words.byteLength).slice() as Bytes;
  }
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i], true);
  return bytes;
}

/** More words than this are copied as a block where the host's order is theirs. */
const loopedWordsMax = 64;

/** A small array is read byte by byte: asking for its buffer would move it out of the heap. */
function fillWords<Words extends Int32Array | Uint32Array>(bytes: Uint8Array, words: Words): Words {
  if (hostIsLittleEndian && words.length > loopedWordsMax) {
    new Uint8Array(words.buffer).set(bytes);
    return words;
  }
  for (let i = 0, at = 0; i < words.length; i++, at += 4) {
    words[i] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }
  return words;
}

function countWords(bytes: Uint8Array): number {
  if (bytes.length % 4 === 0) return bytes.length / 4;
  throw new IdlewildError('bytes/not-words', `${bytes.length} bytes are not whole 32-bit words.`);
}

/** @throws bytes/not-words unless the length is a multiple of four */
export function bytesToInt32(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  return fillWords(bytes, new Int32Array(countWords(bytes)));
}

/** @throws bytes/not-words unless the length is a multiple of four */
export function bytesToUint32(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  return fillWords(bytes, new Uint32Array(countWords(bytes)));
}
