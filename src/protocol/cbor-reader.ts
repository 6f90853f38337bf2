// Reads CBOR in its one deterministic form (RFC 8949 section 4.2) and refuses every other as it
// goes, so that nothing has to be encoded again to be believed. Written for bytes of strangers:
// every length is held against what is left, items and depth against their limits.
import { halfBits, halfValue } from './cbor-float.ts';
import { limits } from './limits.ts';

/** Longer text is decoded by the platform. */
const loopedTextMax = 64;
/** Keys come again and again: one string for all of a kind. A stranger's only push others out. */
const keysKept = 256;
const keyBytesMax = 32;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const knownKeys: string[] = new Array(keysKept).fill('');
/** A typed array's own buffer is not asked for: that would move a small one out of the heap. */
const floatBytes = new Uint8Array(8);
const floatView = new DataView(floatBytes.buffer);
const ownField = { configurable: true, enumerable: true, writable: true };

class CborReader {
  at = 0;
  private items = 0;
  private readonly bytes: Uint8Array;
  private readonly inPlace: boolean;

  constructor(bytes: Uint8Array, inPlace: boolean) {
    this.bytes = bytes;
    this.inPlace = inPlace;
  }

  readValue(depth: number): unknown {
    const head = this.readHead();
    const low = head & 31;
    switch (head >> 5) {
      case 0:
        return this.readCount(low);
      case 1:
        return this.readNegative(low);
      case 2:
        return this.readBytes(low);
      case 3:
        return this.readText(low);
      case 4:
        return this.readArray(low, depth);
      case 5:
        return this.readMap(low, depth);
      case 7:
        return this.readSimple(low);
      default:
        throw new Error('tags are not supported');
    }
  }

  private readHead(): number {
    this.items++;
    if (this.items > limits.cborItemsMax) {
      throw new Error(`more than ${limits.cborItemsMax} items (cborItemsMax)`);
    }
    return this.bytes[this.take(1)];
  }

  /** @returns where they begin */
  private take(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from) throw new Error('not enough data');
    this.at = from + count;
    return from;
  }

  /** What a head counts, in no more bytes than it needs. */
  private readCount(low: number): number {
    if (low < 24) return low;
    if (low > 27) throw new Error('indefinite and reserved lengths are not allowed');
    const width = 1 << (low - 24);
    const from = this.take(width);
    let count = 0;
    for (let i = from; i < from + width; i++) count = count * 0x100 + this.bytes[i];
    // Rounded or not, what is beyond the safe range is seen to be.
    if (count > Number.MAX_SAFE_INTEGER) throw new Error('an integer beyond the safe range');
    const least = width === 1 ? 24 : 2 ** (4 * width);
    if (count < least) throw new Error('an integer in more bytes than necessary');
    return count;
  }

  private readNegative(low: number): number {
    const value = -1 - this.readCount(low);
    if (value < Number.MIN_SAFE_INTEGER) throw new Error('an integer beyond the safe range');
    return value;
  }

  private readBytes(low: number): Uint8Array {
    const from = this.take(this.readCount(low));
    if (this.inPlace) return this.bytes.subarray(from, this.at);
    const bytes = new Uint8Array(this.at - from);
    bytes.set(this.bytes.subarray(from, this.at));
    return bytes;
  }

  private readText(low: number): string {
    const length = this.readCount(low);
    return this.textAt(this.take(length), length);
  }

  private textAt(from: number, length: number): string {
    const { bytes } = this;
    let ascii = length <= loopedTextMax;
    let text = '';
    for (let i = from; ascii && i < from + length; i++) {
      ascii = bytes[i] < 0x80;
      text += String.fromCharCode(bytes[i]);
    }
    return ascii ? text : decoder.decode(bytes.subarray(from, from + length));
  }

  private readSimple(low: number): unknown {
    if (low === 20) return false;
    if (low === 21) return true;
    if (low === 22) return null;
    if (low < 25 || low > 27) throw new Error('only false, true, null and floats are supported');
    const width = 1 << (low - 24);
    const from = this.take(width);
    for (let i = 0; i < width; i++) floatBytes[i] = this.bytes[from + i];
    const value = readFloat(width);
    if (!Number.isFinite(value)) throw new Error('NaN and infinities are not supported');
    if (Number.isSafeInteger(value)) throw new Error('an integer as a float');
    return value;
  }

  private readArray(low: number, depth: number): unknown[] {
    checkDepth(depth);
    const count = this.readCount(low);
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.push(this.readValue(depth + 1));
    return values;
  }

  private readMap(low: number, depth: number): Record<string, unknown> {
    checkDepth(depth);
    const count = this.readCount(low);
    const map: Record<string, unknown> = {};
    let [before, lengthBefore] = [0, -1];
    for (let i = 0; i < count; i++) {
      const head = this.readHead();
      if (head >> 5 !== 3) throw new Error('a key that is not text');
      const length = this.readCount(head & 31);
      const from = this.take(length);
      // The shorter first, then byte by byte: as their encoded forms compare.
      if (
        length < lengthBefore ||
        (length === lengthBefore && !this.isAfter(from, before, length))
      ) {
        throw new Error('keys repeated or out of their deterministic order');
      }
      [before, lengthBefore] = [from, length];
      const key = this.keyAt(from, length);
      const value = this.readValue(depth + 1);
      // An assignment would set the prototype.
      if (key === '__proto__') Object.defineProperty(map, key, { ...ownField, value });
      else map[key] = value;
    }
    return map;
  }

  private isAfter(from: number, before: number, length: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      if (bytes[from + i] !== bytes[before + i]) return bytes[from + i] > bytes[before + i];
    }
    return false;
  }

  private keyAt(from: number, length: number): string {
    if (length > keyBytesMax) return this.textAt(from, length);
    const { bytes } = this;
    let hash = length;
    for (let i = from; i < from + length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
    const place = (hash ^ (hash >>> 16)) & (keysKept - 1);
    const known = knownKeys[place];
    if (known.length === length) {
      let same = 0;
      while (same < length && known.charCodeAt(same) === bytes[from + same]) same++;
      if (same === length) return known;
    }
    const key = this.textAt(from, length);
    // Of other text, characters are not bytes.
    if (key.length === length) knownKeys[place] = key;
    return key;
  }
}

/** Of the bytes put aside. @throws Error unless no shorter form holds the value */
function readFloat(width: number): number {
  if (width === 2) {
    const bits = floatView.getUint16(0);
    const value = halfValue(bits);
    if (Number.isFinite(value) && halfBits(value) !== bits) throw notShortest();
    return value;
  }
  const value = width === 4 ? floatView.getFloat32(0) : floatView.getFloat64(0);
  if (width === 4 ? halfBits(value) >= 0 : Math.fround(value) === value) throw notShortest();
  return value;
}

const notShortest = () => new Error('a float in another form than its own');

function checkDepth(depth: number): void {
  if (depth < limits.cborDepthMax) return;
  throw new Error(`deeper than ${limits.cborDepthMax} (cborDepthMax)`);
}

/**
 * @param inPlace byte strings are views of `bytes`, not copies
 * @throws Error saying what is wrong with the bytes
 */
export function readCborValue(bytes: Uint8Array, inPlace: boolean): unknown {
  const reader = new CborReader(bytes, inPlace);
  const value = reader.readValue(0);
  if (reader.at < bytes.length) throw new Error('bytes after the value');
  return value;
}
