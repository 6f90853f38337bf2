// Writes deterministic CBOR (RFC 8949 section 4.2) of what the wire has: null, booleans, numbers,
// text, bytes, arrays, and objects by their own keys.
import { type Bytes, utf8 } from './bytes.ts';
import { halfBits } from './cbor-float.ts';
import { limits } from './limits.ts';

const bytesAtFirst = 64 << 10;
/** A larger buffer is not kept for the next value. */
const bytesKeptMax = 4 << 20;
/** Longer text is encoded by the platform. */
const loopedTextMax = 64;
/** A head is at most 9 bytes; a character at most 3 of UTF-8. */
const headBytesMax = 9;

let buffer = new Uint8Array(bytesAtFirst);
let view = new DataView(buffer.buffer);
let at = 0;
const encoder = new TextEncoder();

function use(fresh: Bytes): void {
  buffer = fresh;
  view = new DataView(buffer.buffer);
}

function reserve(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const larger = new Uint8Array(Math.max(2 * buffer.length, at + bytes));
  larger.set(buffer.subarray(0, at));
  use(larger);
}

/** @param major the major type in the head's upper three bits */
function writeHead(major: number, count: number): void {
  reserve(headBytesMax);
  if (count < 24) {
    buffer[at++] = major | count;
  } else if (count < 0x100) {
    buffer[at++] = major | 24;
    buffer[at++] = count;
  } else if (count < 0x10000) {
    buffer[at++] = major | 25;
    view.setUint16(at, count);
    at += 2;
  } else if (count < 0x100000000) {
    buffer[at++] = major | 26;
    view.setUint32(at, count);
    at += 4;
  } else {
    buffer[at++] = major | 27;
    view.setUint32(at, Math.floor(count / 0x100000000));
    view.setUint32(at + 4, count % 0x100000000);
    at += 8;
  }
}

function writeNumber(value: number): void {
  if (Number.isSafeInteger(value)) {
    if (value >= 0) writeHead(0x00, value);
    else writeHead(0x20, -1 - value);
    return;
  }
  reserve(headBytesMax);
  const half = halfBits(value);
  if (half >= 0) {
    buffer[at++] = 0xf9;
    view.setUint16(at, half);
    at += 2;
  } else if (Math.fround(value) === value) {
    buffer[at++] = 0xfa;
    view.setFloat32(at, value);
    at += 4;
  } else {
    buffer[at++] = 0xfb;
    view.setFloat64(at, value);
    at += 8;
  }
}

/** False, with nothing written, unless the text is short and ASCII, as keys and ids are. */
function writeAscii(text: string): boolean {
  const { length } = text;
  if (length > loopedTextMax) return false;
  const start = at;
  writeHead(0x60, length);
  reserve(length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      at = start;
      return false;
    }
    buffer[at++] = code;
  }
  return true;
}

function writeText(text: string): void {
  if (writeAscii(text)) return;
  const bytes = encoder.encode(text);
  writeHead(0x60, bytes.length);
  writeRaw(bytes);
}

function writeRaw(bytes: Uint8Array): void {
  reserve(bytes.length);
  buffer.set(bytes, at);
  at += bytes.length;
}

/** As their encoded forms compare: the shorter first, then byte by byte. */
function compareKeys(left: string, right: string): number {
  if (isAscii(left) && isAscii(right)) {
    if (left.length !== right.length) return left.length - right.length;
    return left < right ? -1 : 1;
  }
  const [a, b] = [utf8(left), utf8(right)];
  if (a.length !== b.length) return a.length - b.length;
  const differs = a.findIndex((byte, i) => byte !== b[i]);
  return differs < 0 ? 0 : a[differs] - b[differs];
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** By insertion: keys are few, and the platform's sort takes longer to set out. */
function sortKeys(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i];
    let place = i;
    while (place > 0 && compareKeys(keys[place - 1], key) > 0) {
      keys[place] = keys[place - 1];
      place--;
    }
    keys[place] = key;
  }
  return keys;
}

function writeObject(value: object, depth: number): void {
  if (depth >= limits.cborDepthMax) throw new TypeError('CBOR: too deep (cborDepthMax)');
  if (Array.isArray(value)) {
    writeHead(0x80, value.length);
    for (let i = 0; i < value.length; i++) writeValue(value[i], depth + 1);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`CBOR: no form for a ${prototype.constructor?.name}`);
  }
  const keys = sortKeys(Object.keys(value));
  writeHead(0xa0, keys.length);
  for (const key of keys) {
    writeText(key);
    writeValue((value as Record<string, unknown>)[key], depth + 1);
  }
}

function writeValue(value: unknown, depth: number): void {
  if (typeof value === 'string') writeText(value);
  else if (typeof value === 'number') writeNumber(value);
  else if (value instanceof Uint8Array) {
    writeHead(0x40, value.length);
    writeRaw(value);
  } else if (typeof value === 'object' && value !== null) writeObject(value, depth);
  else {
    reserve(1);
    if (value === null) buffer[at++] = 0xf6;
    else if (typeof value === 'boolean') buffer[at++] = value ? 0xf5 : 0xf4;
    else throw new TypeError(`CBOR: no form for ${typeof value}`);
  }
}

/** @throws TypeError for what has no form: undefined, functions, objects of a class */
export function writeCbor(value: unknown): Bytes {
  at = 0;
  writeValue(value, 0);
  const bytes = buffer.slice(0, at);
  if (buffer.length > bytesKeptMax) use(new Uint8Array(bytesAtFirst));
  return bytes;
}
