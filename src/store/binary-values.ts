// Values in PostgreSQL's binary format: arrays of parameters, and what comes back. As text, bytes are
// hex digits and a column of parameters a literal with quotes and escapes, which both sides pay for.
// Source: the server's send and receive functions (array_recv, int8recv, ...), "Frontend/Backend
// Protocol" of its manual.

/** Object ids of the types that the store's columns and parameters have. */
const typeIds = {
  bool: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  int: 23,
  text: 25,
  float8: 701,
  varchar: 1043,
} as const;

export type ElementType = 'bool' | 'bytea' | 'bigint' | 'smallint' | 'int' | 'text';

const elementTypes = new Map<number, ElementType>([
  [1000, 'bool'],
  [1001, 'bytea'],
  [1005, 'smallint'],
  [1007, 'int'],
  [1009, 'text'],
  [1016, 'bigint'],
]);

/** @returns the type of the elements of an array type, where it is one that can be written here */
export const elementOf = (arrayType: number): ElementType | undefined =>
  elementTypes.get(arrayType);

/** @returns the same by the name that a cast gives it */
export const elementNamed = (name: string): ElementType | undefined =>
  [...elementTypes.values()].find((type) => type === name);

/** Dimensions, whether there are nulls, the elements' type, the length, the first index. */
const headBytes = 20;
const fixedBytes = { bool: 1, bigint: 8, smallint: 2, int: 4 } as const;

type Element = string | number | bigint | boolean | Uint8Array | null | undefined;

/** An array of one dimension. */
export function encodeArray(type: ElementType, values: readonly Element[]): Buffer {
  const array = Buffer.allocUnsafe(headBytes + sizeOf(type, values));
  array.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  array.writeInt32BE(values.some((value) => value === null || value === undefined) ? 1 : 0, 4);
  array.writeInt32BE(typeIds[type], 8);
  if (values.length === 0) return array.subarray(0, 12);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = headBytes;
  for (const value of values) {
    if (value === null || value === undefined) {
      at = array.writeInt32BE(-1, at);
      continue;
    }
    const bytes = writeElement(array, { type, value, at: at + 4 });
    array.writeInt32BE(bytes, at);
    at += 4 + bytes;
  }
  return array;
}

function sizeOf(type: ElementType, values: readonly Element[]): number {
  let bytes = 4 * values.length;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (type === 'text') bytes += Buffer.byteLength(value as string);
    else if (type === 'bytea') bytes += (value as Uint8Array).length;
    else bytes += fixedBytes[type];
  }
  return bytes;
}

interface Place {
  type: ElementType;
  value: NonNullable<Element>;
  at: number;
}

/** @returns its length in bytes */
function writeElement(array: Buffer, { type, value, at }: Place): number {
  switch (type) {
    case 'text':
      return array.write(value as string, at);
    case 'bytea':
      array.set(value as Uint8Array, at);
      return (value as Uint8Array).length;
    case 'bool':
      array[at] = value ? 1 : 0;
      return 1;
    case 'smallint':
      array.writeInt16BE(Number(value), at);
      return 2;
    case 'int':
      array.writeInt32BE(Number(value), at);
      return 4;
    case 'bigint':
      writeBigint(array, value as number | bigint, at);
      return 8;
  }
}

function writeBigint(bytes: Buffer, value: number | bigint, at: number): void {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    bytes.writeUInt32BE(value >>> 0, at + 4);
  } else bytes.writeBigInt64BE(BigInt(value), at);
}

/** A whole number as a number while it is exact. */
function readBigint(bytes: Buffer, at: number): number | bigint {
  const number = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(number) ? number : bytes.readBigInt64BE(at);
}

/** `from` to `to` of `bytes` as a value. */
export type ReadValue = (bytes: Buffer, from: number, to: number) => unknown;

const readText = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString('utf8', from, to);

const scalars = new Map<number, ReadValue>([
  [typeIds.bool, (bytes, from) => bytes[from] === 1],
  // A copy: a message to another thread would take all that a view lies in.
  [typeIds.bytea, (bytes, from, to) => new Uint8Array(bytes.subarray(from, to))],
  [typeIds.bigint, readBigint],
  [typeIds.smallint, (bytes, from) => bytes.readInt16BE(from)],
  [typeIds.int, (bytes, from) => bytes.readInt32BE(from)],
  [typeIds.text, readText],
  [typeIds.varchar, readText],
  [typeIds.float8, (bytes, from) => bytes.readDoubleBE(from)],
]);

function readArray(readElement: ReadValue): ReadValue {
  return (bytes, from) => {
    const count = bytes.readInt32BE(from) === 0 ? 0 : bytes.readInt32BE(from + 12);
    const values: unknown[] = [];
    let at = from + headBytes;
    for (let i = 0; i < count; i++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      values.push(length < 0 ? null : readElement(bytes, at, at + length));
      at += Math.max(length, 0);
    }
    return values;
  };
}

/** How a column of a type is read in binary; undefined where text has to be asked for. */
export function binaryReader(type: number): ReadValue | undefined {
  const element = elementOf(type);
  return element ? readArray(scalars.get(typeIds[element]) as ReadValue) : scalars.get(type);
}

const json = new Set([114, 3802]);

/** The same for a column that comes as text. */
export function textReader(type: number): ReadValue {
  if (!json.has(type)) return readText;
  return (bytes, from, to) => JSON.parse(readText(bytes, from, to));
}
