// Messages to PostgreSQL, written in one pass into one buffer that is kept: a column of parameters
// is an array in its binary form, without a buffer for each element or each array. Source:
// array_recv, int8recv and their like, and "Message Formats", of PostgreSQL's manual and sources.
import { type ElementType, elementOf, typeIds } from './binary-values.ts';

const bytesAtFirst = 1 << 20;
/** A larger buffer is not kept. */
const bytesKeptMax = 16 << 20;
/** Longer text is encoded by the platform. */
const loopedTextMax = 96;
/** UTF-8 of one unit of JavaScript's text. */
const charBytesMax = 3;

let buffer: Buffer = Buffer.allocUnsafeSlow(bytesAtFirst);
let view = new DataView(buffer.buffer);
let at = 0;

function use(fresh: Buffer): void {
  buffer = fresh;
  view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

function reserve(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, at + bytes));
  larger.set(buffer.subarray(0, at));
  use(larger);
}

export function beginMessages(): void {
  at = 0;
  if (buffer.length > bytesKeptMax) use(Buffer.allocUnsafeSlow(bytesAtFirst));
}

/** @returns a view: the next messages overwrite it */
export function takeMessages(): Buffer {
  return buffer.subarray(0, at);
}

/** @returns where its length is filled in, once its body is written */
export function openMessage(code: string): number {
  reserve(5);
  buffer[at] = code.charCodeAt(0);
  at += 5;
  return at - 4;
}

export function closeMessage(place: number): void {
  view.setInt32(place, at - place);
}

export function writeInt32(value: number): void {
  reserve(4);
  view.setInt32(at, value);
  at += 4;
}

export function writeInt16(value: number): void {
  reserve(2);
  view.setInt16(at, value);
  at += 2;
}

/** With a zero at its end. */
export function writeName(text: string): void {
  writeText(text);
  reserve(1);
  buffer[at++] = 0;
}

function writeText(text: string): void {
  reserve(charBytesMax * text.length);
  if (text.length > loopedTextMax || !writeAscii(text)) at += buffer.write(text, at);
}

/** @returns whether it was; nothing is written where it was not */
function writeAscii(text: string): boolean {
  const start = at;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) {
      at = start;
      return false;
    }
    buffer[at++] = unit;
  }
  return true;
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  buffer.set(bytes, at);
  at += bytes.length;
}

function writeBigint(value: number | bigint): void {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    view.setInt32(at, Math.floor(value / 0x1_0000_0000));
    view.setUint32(at + 4, value >>> 0);
  } else view.setBigInt64(at, BigInt(value));
  at += 8;
}

/** Whether `writeParameter` gives it its binary form. */
export function isBinary(type: number, value: unknown): boolean {
  return value instanceof Uint8Array || (Array.isArray(value) && elementOf(type) !== undefined);
}

/** Its length, and its value. */
export function writeParameter(type: number, value: unknown): void {
  if (value === null || value === undefined) {
    writeInt32(-1);
    return;
  }
  reserve(4);
  const place = at;
  at += 4;
  const element = elementOf(type);
  if (element && Array.isArray(value)) writeArray(element, value);
  else if (value instanceof Uint8Array) writeBytes(value);
  else writeText(typeof value === 'object' ? JSON.stringify(value) : String(value));
  view.setInt32(place, at - place - 4);
}

type Element = string | number | bigint | boolean | Uint8Array | null | undefined;

/** Dimensions, whether there are nulls, the elements' type, the length, the first index. */
const headBytes = 20;
/** Of an element: its length, and its value where that has one length. */
const elementBytesMax = 12;

/** Of one dimension. */
function writeArray(type: ElementType, values: readonly Element[]): void {
  reserve(headBytes + elementBytesMax * values.length);
  const place = at;
  view.setInt32(at, values.length === 0 ? 0 : 1);
  view.setInt32(at + 4, 0);
  view.setInt32(at + 8, typeIds[type]);
  at += 12;
  if (values.length === 0) return;
  view.setInt32(at, values.length);
  view.setInt32(at + 4, 1);
  at += 8;
  if (writeElements(type, values)) view.setInt32(place + 4, 1);
}

/** @returns whether there was a null */
function writeElements(type: ElementType, values: readonly Element[]): boolean {
  let nulls = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    reserve(elementBytesMax);
    const place = at;
    at += 4;
    if (value === null || value === undefined) {
      view.setInt32(place, -1);
      nulls = true;
      continue;
    }
    writeElement(type, value);
    view.setInt32(place, at - place - 4);
  }
  return nulls;
}

function writeElement(type: ElementType, value: NonNullable<Element>): void {
  if (type === 'text') writeText(value as string);
  else if (type === 'bytea') writeBytes(value as Uint8Array);
  else if (type === 'bigint') writeBigint(value as number | bigint);
  else if (type === 'int') writeInt32(Number(value));
  else if (type === 'smallint') writeInt16(Number(value));
  else buffer[at++] = value ? 1 : 0;
}
