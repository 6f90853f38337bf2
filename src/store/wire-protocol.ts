// PostgreSQL's extended query protocol, as much of it as prepared statements need: messages out,
// messages in. PGlite speaks it in memory, a server over its connection (wire-connection.ts). Source:
// "Message Formats" in PostgreSQL's manual.
import { binaryReader, type ReadValue, textReader } from './binary-values.ts';
import {
  beginMessages,
  closeMessage,
  isBinary,
  openMessage,
  takeMessages,
  writeInt16,
  writeInt32,
  writeName,
  writeParameter,
} from './wire-writer.ts';

/** A message's code, its length, its body. */
const headBytes = 5;

/** @returns a view, as of all messages here: the next one overwrites it */
export function simpleQuery(sql: string): Buffer {
  beginMessages();
  const query = openMessage('Q');
  writeName(sql);
  closeMessage(query);
  return takeMessages();
}

function writeSync(): void {
  closeMessage(openMessage('S'));
}

/** Parses a statement under a name and asks what it takes and gives. */
export function prepare(name: string, sql: string): Buffer {
  beginMessages();
  const parse = openMessage('P');
  writeName(name);
  writeName(sql);
  writeInt16(0);
  closeMessage(parse);
  const describe = openMessage('D');
  writeName(`S${name}`);
  closeMessage(describe);
  writeSync();
  return takeMessages();
}

interface Column {
  name: string;
  binary: boolean;
  read: ReadValue;
}

/** What `prepare` was told. */
export interface Statement extends RowsAsked {
  name: string;
  /** Object ids of its parameters' types. */
  parameters: number[];
}

/** Runs a prepared statement once: the unnamed portal, all its rows. */
export function run({ name, parameters, columns }: Statement, values: readonly unknown[]): Buffer {
  beginMessages();
  const bind = openMessage('B');
  writeName('');
  writeName(name);
  writeInt16(parameters.length);
  for (let i = 0; i < parameters.length; i++)
    writeInt16(isBinary(parameters[i], values[i]) ? 1 : 0);
  writeInt16(parameters.length);
  for (let i = 0; i < parameters.length; i++) writeParameter(parameters[i], values[i]);
  writeInt16(columns.length);
  for (const { binary } of columns) writeInt16(binary ? 1 : 0);
  closeMessage(bind);
  const execute = openMessage('E');
  writeName('');
  writeInt32(0);
  closeMessage(execute);
  writeSync();
  return takeMessages();
}

/** An error of the server's, with its SQLSTATE. */
class DatabaseFault extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'DatabaseFault';
    this.code = code;
  }
}

export interface Reply {
  /** Of `prepare`. */
  parameters: number[];
  columns: Column[];
  rows: Record<string, unknown>[];
  /** What was done last, such as COMMIT, or ROLLBACK where a commit was asked for in vain. */
  tag: string;
  fault: DatabaseFault | null;
}

export const emptyReply = (): Reply => ({
  parameters: [],
  columns: [],
  rows: [],
  tag: '',
  fault: null,
});

/** Reads one message of a reply, which begins at `at`. */
export function readMessage(bytes: Buffer, at: number, reply: Reply, asked: RowsAsked): void {
  const body = at + headBytes;
  const end = at + messageBytes(bytes, at);
  switch (bytes[at]) {
    case codes.row:
      reply.rows.push(readRow(bytes, body, asked));
      break;
    case codes.complete:
      reply.tag = bytes.toString('utf8', body, end - 1);
      break;
    case codes.fault:
      reply.fault ??= readFault(bytes, body, end);
      break;
    case codes.parameters:
      reply.parameters = readParameters(bytes, body);
      break;
    case codes.columns:
      reply.columns = readColumns(bytes, body);
  }
}

const codes = {
  row: 0x44,
  complete: 0x43,
  fault: 0x45,
  parameters: 0x74,
  columns: 0x54,
  ready: 0x5a,
} as const;

/** @returns the length of the message that begins at `at`; more than is there where its head is not */
export function messageBytes(bytes: Buffer, at: number): number {
  return at + headBytes > bytes.length ? headBytes : 1 + bytes.readInt32BE(at + 1);
}

/** Whether the message says that the server waits for the next one: a reply's last. */
export const isReady = (bytes: Buffer, at: number): boolean => bytes[at] === codes.ready;

/** A whole reply, as PGlite gives it. */
export function readReply(bytes: Buffer, asked: RowsAsked): Reply {
  const reply = emptyReply();
  for (let at = 0; at < bytes.length; at += messageBytes(bytes, at)) {
    readMessage(bytes, at, reply, asked);
  }
  return reply;
}

/** What the rows of a reply are. */
export interface RowsAsked {
  columns: readonly Column[];
  /** A row of nulls: a copy of it has its shape from the beginning. */
  blank: Readonly<Record<string, unknown>>;
}

/** Of what has none, or none that matter. */
export const noRows: RowsAsked = { columns: [], blank: {} };

export function toStatement(name: string, { parameters, columns }: Reply): Statement {
  const blank = Object.fromEntries(columns.map((column) => [column.name, null]));
  return { name, parameters, columns, blank };
}

function readRow(bytes: Buffer, from: number, { columns, blank }: RowsAsked) {
  const row: Record<string, unknown> = { ...blank };
  let at = from + 2;
  for (let i = 0; i < columns.length; i++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) continue;
    row[columns[i].name] = columns[i].read(bytes, at, at + length);
    at += length;
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

function readFault(bytes: Buffer, from: number, end: number): DatabaseFault {
  let [code, message] = ['', ''];
  let at = from;
  while (at < end && bytes[at] !== 0) {
    const stop = bytes.indexOf(0, at);
    const field = String.fromCharCode(bytes[at]);
    const text = bytes.toString('utf8', at + 1, stop);
    if (field === 'C') code = text;
    if (field === 'M') message = text;
    at = stop + 1;
  }
  return new DatabaseFault(code, message);
}
