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

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Words as little-endian bytes: i32 rows and u32 tokens travel so, whatever the host. */
export function wordsToBytes(words: Int32Array | Uint32Array): Bytes {
  const bytes = new Uint8Array(words.length * 4);
  if (hostIsLittleEndian) {
    bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    return bytes;
  }
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setInt32(4 * i, words[i], true);
  return bytes;
}

/** @throws bytes/not-words unless the length is a multiple of four */
export function bytesToInt32(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  if (bytes.length % 4 !== 0) {
    throw new IdlewildError('bytes/not-words', `${bytes.length} bytes are not whole 32-bit words.`);
  }
  const words = new Int32Array(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < words.length; i++) words[i] = view.getInt32(4 * i, true);
  return words;
}

/** @throws bytes/not-words unless the length is a multiple of four */
export function bytesToUint32(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  return new Uint32Array(bytesToInt32(bytes).buffer);
}
