// Reads safetensors files, the format in which models are published, as the importer's first step.
// A file is untrusted input: any bytes give either tensors or an IdlewildError `safetensors/...`.
import { IdlewildError } from '#protocol/errors.ts';

export const safetensorsLimits = {
  headerBytesMax: 16 << 20,
  tensorsMax: 16_384,
  nameBytesMax: 512,
  dimensionsMax: 8,
} as const;

const dtypeBytes = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E4M3', 1],
  ['F8_E5M2', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
]);

const pollutingNames = new Set(['__proto__', 'constructor', 'prototype']);

interface SafetensorsEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** Where the tensor's bytes begin and end, from the end of the header. */
  begin: number;
  end: number;
}

export interface Safetensors {
  entries: ReadonlyMap<string, SafetensorsEntry>;
  /**
   * The values of an F32, F16 or BF16 tensor, exactly, in row-major order.
   * @throws safetensors/missing-tensor, safetensors/dtype
   */
  read(name: string): Float32Array<ArrayBuffer>;
}

function refuse(what: string, message: string, cause?: unknown): IdlewildError {
  return new IdlewildError(`safetensors/${what}`, message, { cause });
}

/** @throws safetensors/... naming the tensor and the field, unless the bytes are a whole file */
export function openSafetensors(bytes: Uint8Array): Safetensors {
  const { header, dataStart } = readHeader(bytes);
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') checkMetadata(value);
    else entries.set(name, readEntry(name, value));
  }
  if (entries.size > safetensorsLimits.tensorsMax) {
    throw refuse(
      'too-many-tensors',
      `${entries.size} tensors exceed tensorsMax (${safetensorsLimits.tensorsMax}).`,
    );
  }
  checkLayout([...entries.values()], bytes.length - dataStart);
  return {
    entries,
    read(name) {
      const entry = entries.get(name);
      if (!entry)
        throw refuse('missing-tensor', `Tensor ${JSON.stringify(name)}: not in the file.`);
      return readFloats(entry, bytes.subarray(dataStart + entry.begin, dataStart + entry.end));
    },
  };
}

function readHeader(bytes: Uint8Array): { header: object; dataStart: number } {
  if (bytes.length < 8) {
    throw refuse('truncated', `The file has ${bytes.length} bytes; its header's length needs 8.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(safetensorsLimits.headerBytesMax)) {
    throw refuse(
      'header-size',
      `The header claims ${length} bytes; headerBytesMax is ${safetensorsLimits.headerBytesMax}.`,
    );
  }
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    throw refuse('truncated', `The header ends at byte ${dataStart}, the file at ${bytes.length}.`);
  }
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch (cause) {
    throw refuse('header-json', 'The header is not JSON in UTF-8.', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw refuse('header-json', 'The header is not a JSON object.');
  }
  if (countKeys(text) !== Object.keys(header).length) {
    throw refuse('duplicate-tensor', 'The header names a tensor twice.');
  }
  return { header, dataStart };
}

/** Keys of the outermost object, duplicates included, in a text that JSON.parse took. */
function countKeys(json: string): number {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === ':' && depth === 1) keys++;
    else if (char === '"') {
      i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
    }
  }
  return keys;
}

function checkMetadata(value: unknown): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || Object.values(value).some((text) => typeof text !== 'string')) {
    throw refuse('metadata', '__metadata__: expected a map of strings.');
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(name: string, value: unknown): SafetensorsEntry {
  const shown = `Tensor ${JSON.stringify(name.slice(0, safetensorsLimits.nameBytesMax))}`;
  if (name.length > safetensorsLimits.nameBytesMax || pollutingNames.has(name)) {
    throw refuse('name', `${shown}: not an acceptable name.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('entry', `${shown}: expected an object.`);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const field of fields.keys()) {
    if (!['dtype', 'shape', 'data_offsets'].includes(field)) {
      throw refuse('entry', `${shown}: unknown field ${JSON.stringify(field.slice(0, 64))}.`);
    }
  }
  const dtype = fields.get('dtype');
  const size = typeof dtype === 'string' ? dtypeBytes.get(dtype) : undefined;
  if (typeof dtype !== 'string' || size === undefined) {
    throw refuse(
      'dtype',
      `${shown}, dtype: ${String(JSON.stringify(dtype)).slice(0, 64)} is unknown.`,
    );
  }
  const shape = fields.get('shape');
  if (
    !Array.isArray(shape) ||
    shape.length > safetensorsLimits.dimensionsMax ||
    !shape.every(isCount)
  ) {
    throw refuse(
      'shape',
      `${shown}, shape: expected up to ${safetensorsLimits.dimensionsMax} (dimensionsMax) counts.`,
    );
  }
  const offsets = fields.get('data_offsets');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw refuse('offsets', `${shown}, data_offsets: expected two byte offsets.`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw refuse('offsets', `${shown}, data_offsets: ${begin} is after ${end}.`);
  const expected = shape.reduce((product: number, length: number) => product * length, size);
  if (expected !== end - begin) {
    throw refuse(
      'size',
      `${shown}, shape: needs ${expected} bytes, data_offsets hold ${end - begin}.`,
    );
  }
  return { name, dtype, shape: [...shape], begin, end };
}

/** The format allows neither holes nor overlaps: tensors cover the data from start to end. */
function checkLayout(entries: SafetensorsEntry[], dataBytes: number): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of entries) {
    const shown = `Tensor ${JSON.stringify(name)}, data_offsets`;
    if (end > dataBytes) {
      throw refuse('out-of-range', `${shown}: ends at ${end}, the data has ${dataBytes} bytes.`);
    }
    if (begin < covered) throw refuse('overlap', `${shown}: byte ${begin} is another tensor's.`);
    if (begin > covered)
      throw refuse('gap', `${shown}: bytes ${covered} to ${begin} are no tensor's.`);
    covered = end;
  }
  if (covered !== dataBytes) {
    throw refuse('gap', `Bytes ${covered} to ${dataBytes} of the data are no tensor's.`);
  }
}

function readFloats({ name, dtype, shape }: SafetensorsEntry, bytes: Uint8Array) {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'F32') {
    for (let i = 0; i < count; i++) values[i] = view.getFloat32(4 * i, true);
    return values;
  }
  if (dtype !== 'F16' && dtype !== 'BF16') {
    throw refuse(
      'dtype',
      `Tensor ${JSON.stringify(name)}, dtype: ${dtype} holds no floats to read.`,
    );
  }
  const table = floatsOfWords(dtype);
  for (let i = 0; i < count; i++) values[i] = table[view.getUint16(2 * i, true)];
  return values;
}

const tables = new Map<'F16' | 'BF16', Float32Array>();

function floatsOfWords(dtype: 'F16' | 'BF16'): Float32Array {
  const toFloat = dtype === 'F16' ? halfToFloat : brainToFloat;
  const table =
    tables.get(dtype) ?? Float32Array.from({ length: 65536 }, (_, word) => toFloat(word));
  tables.set(dtype, table);
  return table;
}

/** IEEE 754 binary16. */
function halfToFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** bfloat16: the upper half of a binary32. */
function brainToFloat(word: number): number {
  return new Float32Array(new Uint32Array([(word << 16) >>> 0]).buffer)[0];
}
