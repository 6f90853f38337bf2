// Values in PostgreSQL's binary format, as they come back (wire-writer.ts writes them). As text, bytes
// are hex digits and numbers decimal ones, which both sides pay for. Source: the server's send
// functions (array_send, int8send, ...), "Frontend/Backend Protocol" of its manual.

/** Object ids of the types that the store's columns and parameters have. */
export const typeIds = {
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

/** Dimensions, whether there are nulls, the elements' type, the length, the first index. */
const headBytes = 20;
/** Longer ones are copied by the platform. */
const loopedBytesMax = 64;

/** A whole number as a number while it is exact. */
function readBigint(bytes: Buffer, at: number): number | bigint {
  const number = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(number) ? number : bytes.readBigInt64BE(at);
}

/** `from` to `to` of `bytes` as a value. */
export type ReadValue = (bytes: Buffer, from: number, to: number) => unknown;

const readText = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString('utf8', from, to);

/** A copy: a message to another thread would take all that a view lies in. */
function readBytes(bytes: Buffer, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from);
  if (copy.length > loopedBytesMax) copy.set(bytes.subarray(from, to));
  else for (let i = 0; i < copy.length; i++) copy[i] = bytes[from + i];
  return copy;
}

const scalars = new Map<number, ReadValue>([
  [typeIds.bool, (bytes, from) => bytes[from] === 1],
  [typeIds.bytea, readBytes],
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
