// PostgreSQL's extended query protocol, as much of it as prepared statements need: messages out,
// messages in. PGlite speaks it in memory; its own `query` parses and plans a statement at every
// call, and carries values as text. Source: "Message Formats" in PostgreSQL's manual.
import {
  binaryReader,
  elementOf,
  encodeArray,
  type ReadValue,
  textReader,
} from './binary-values.ts';

/** A message's code, its length, its body. */
const headBytes = 5;

function message(code: string, ...parts: (Uint8Array | string)[]): Buffer {
  const body = parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part));
  const length = body.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.alloc(headBytes);
  head.write(code);
  head.writeInt32BE(length + 4, 1);
  return Buffer.concat([head, ...body]);
}

const none = Buffer.alloc(2);
const sync = message('S');
/** The unnamed portal, all its rows. */
const execute = message('E', '', Buffer.alloc(4));

export const simpleQuery = (sql: string): Buffer => message('Q', sql);

/** Parses a statement under a name and asks what it takes and gives. */
export const prepare = (name: string, sql: string): Buffer =>
  Buffer.concat([message('P', name, sql, none), message('D', Buffer.from('S'), name), sync]);

export interface Column {
  name: string;
  binary: boolean;
  read: ReadValue;
}

/** What `prepare` was told. */
export interface Statement {
  name: string;
  /** Object ids of its parameters' types. */
  parameters: number[];
  columns: Column[];
}

/** Runs a prepared statement once. */
export function run({ name, parameters, columns }: Statement, values: readonly unknown[]): Buffer {
  const encoded = parameters.map((type, i) => encodeParameter(type, values[i]));
  const size = encoded.reduce((sum, { bytes }) => sum + 6 + (bytes?.length ?? 0), 0);
  const nameBytes = Buffer.byteLength(name) + 1;
  const length = 4 + 1 + nameBytes + 6 + size + 2 * columns.length;
  const bind = Buffer.allocUnsafe(1 + length + execute.length + sync.length);
  bind.write('B');
  let at = bind.writeInt32BE(length, 1);
  at = bind.writeUInt8(0, at);
  at += bind.write(`${name}\0`, at);
  at = bind.writeInt16BE(encoded.length, at);
  for (const { binary } of encoded) at = bind.writeInt16BE(binary ? 1 : 0, at);
  at = bind.writeInt16BE(encoded.length, at);
  for (const { bytes } of encoded) {
    at = bind.writeInt32BE(bytes?.length ?? -1, at);
    if (bytes) at += bytes.copy(bind, at);
  }
  at = bind.writeInt16BE(columns.length, at);
  for (const { binary } of columns) at = bind.writeInt16BE(binary ? 1 : 0, at);
  at += execute.copy(bind, at);
  sync.copy(bind, at);
  return bind;
}

interface Encoded {
  binary: boolean;
  bytes: Buffer | null;
}

function encodeParameter(type: number, value: unknown): Encoded {
  if (value === null || value === undefined) return { binary: false, bytes: null };
  const element = elementOf(type);
  if (element) return { binary: true, bytes: encodeArray(element, value as never) };
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, length } = value;
    return { binary: true, bytes: Buffer.from(buffer, byteOffset, length) };
  }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return { binary: false, bytes: Buffer.from(text) };
}

/** An error as the server tells it. */
interface ServerFault {
  code: string;
  message: string;
}

export interface Reply {
  /** Of `prepare`. */
  parameters: number[];
  columns: Column[];
  rows: Record<string, unknown>[];
  /** What was done last, such as COMMIT, or ROLLBACK where a commit was asked for in vain. */
  tag: string;
  fault: ServerFault | null;
}

/** @param columns of the statement that was run; of none where it is being prepared */
export function readReply(bytes: Buffer, columns: readonly Column[]): Reply {
  const reply: Reply = { parameters: [], columns: [], rows: [], tag: '', fault: null };
  let at = 0;
  while (at < bytes.length) {
    const body = at + headBytes;
    const end = at + 1 + bytes.readInt32BE(at + 1);
    const code = String.fromCharCode(bytes[at]);
    if (code === 'D') reply.rows.push(readRow(bytes, body, columns));
    else if (code === 'C') reply.tag = bytes.toString('utf8', body, end - 1);
    else if (code === 'E') reply.fault ??= readFault(bytes, body, end);
    else if (code === 't') reply.parameters = readParameters(bytes, body);
    else if (code === 'T') reply.columns = readColumns(bytes, body);
    at = end;
  }
  return reply;
}

function readRow(bytes: Buffer, from: number, columns: readonly Column[]) {
  const row: Record<string, unknown> = {};
  let at = from + 2;
  for (const { name, read } of columns) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) row[name] = null;
    else {
      row[name] = read(bytes, at, at + length);
      at += length;
    }
  }
  return row;
}

function readParameters(bytes: Buffer, from: number): number[] {
  const count = bytes.readInt16BE(from);
  return Array.from({ length: count }, (_, i) => bytes.readInt32BE(from + 2 + 4 * i));
}

/** After its name: table, column, type, size, modifier, format. */
const columnBytes = 18;

function readColumns(bytes: Buffer, from: number): Column[] {
  const columns: Column[] = [];
  let at = from + 2;
  for (let left = bytes.readInt16BE(from); left > 0; left--) {
    const end = bytes.indexOf(0, at);
    const type = bytes.readInt32BE(end + 7);
    const binary = binaryReader(type);
    columns.push({
      name: bytes.toString('utf8', at, end),
      binary: binary !== undefined,
      read: binary ?? textReader(type),
    });
    at = end + 1 + columnBytes;
  }
  return columns;
}

function readFault(bytes: Buffer, from: number, end: number): ServerFault {
  const fault: ServerFault = { code: '', message: '' };
  let at = from;
  while (at < end && bytes[at] !== 0) {
    const stop = bytes.indexOf(0, at);
    const field = String.fromCharCode(bytes[at]);
    const text = bytes.toString('utf8', at + 1, stop);
    if (field === 'C') fault.code = text;
    if (field === 'M') fault.message = text;
    at = stop + 1;
  }
  return fault;
}
