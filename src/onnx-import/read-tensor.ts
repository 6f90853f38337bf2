// Reads a TensorProto without touching its elements: name, type, shape, and where they are.
import { onnxLimits } from './onnx-limits.ts';
import { elementTypes, type OnnxTensor, type TensorSource } from './onnx-model.ts';
import {
  enter,
  type Field,
  type Message,
  payloadOf,
  readFields,
  readIntegers,
  refuse,
  textOf,
} from './protobuf.ts';

const { dimensionsMax, lengthMax, textBytesMax, metadataBytesMax } = onnxLimits;

/** TensorProto's fields. */
const numbers = {
  dims: 1,
  dataType: 2,
  segment: 3,
  name: 8,
  raw: 9,
  externalData: 13,
  dataLocation: 14,
} as const;
/** float_data, int32_data, string_data, int64_data, double_data, uint64_data. */
export const typedFields = { float: 4, int32: 5, text: 6, int64: 7, double: 10, uint64: 11 };
const typedNumbers: readonly number[] = Object.values(typedFields);
const isExternal = 1;
const textType = 8;

/** @throws onnx/... with the place, unless type, shape and size belong together */
export function readTensor(message: Message): OnnxTensor {
  const { place } = message;
  const found = { name: '', type: 0, location: 0, raw: null as Uint8Array | null };
  const shape: number[] = [];
  const typed: { field: Field; data: Uint8Array }[] = [];
  const external = new Map<string, string>();
  readFields(message, (field) => {
    const { number } = field;
    if (number === numbers.dims) {
      readIntegers(message, field, { place: `${place}.dims`, values: shape, most: dimensionsMax });
    } else if (number === numbers.dataType) found.type = field.value;
    else if (number === numbers.name) {
      found.name = textOf(message, field, { place: `${place}.name`, most: textBytesMax });
    } else if (number === numbers.raw) found.raw = payloadOf(message, field, place);
    else if (number === numbers.externalData) {
      readEntry(enter(message, field, `${place}.external_data`), external);
    } else if (number === numbers.dataLocation) found.location = field.value;
    else if (number === numbers.segment) throw refuse('segment', place, 'segments are not read');
    else if (typedNumbers.includes(number)) {
      typed.push({ field, data: message.bytes.subarray(field.payload, field.end) });
    }
  });
  const bytes = checkSize(place, found.type, shape);
  const source = findSource(place, {
    ...found,
    typed,
    external: found.location === isExternal ? external : null,
  });
  if (source.kind === 'raw' && source.data.length !== bytes) {
    throw sizeMismatch(place, bytes, source.data.length);
  }
  if (source.kind === 'external' && source.length !== null && source.length !== bytes) {
    throw sizeMismatch(place, bytes, source.length);
  }
  return { name: found.name, type: found.type, shape, bytes, source, place };
}

export function sizeMismatch(place: string, expected: number, found: number) {
  return refuse('size-mismatch', place, `its shape needs ${expected} bytes, it has ${found}`);
}

/** @returns bytes of all elements @throws onnx/dtype, onnx/shape */
function checkSize(place: string, type: number, shape: readonly number[]): number {
  const element = elementTypes.get(type);
  if (!element) throw refuse('dtype', place, `the type ${type} is unknown`);
  let bits = element.bits;
  let isEmpty = false;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0 || length > lengthMax) {
      throw refuse('shape', place, `a length of ${length}, expected 0 to ${lengthMax} (lengthMax)`);
    }
    isEmpty ||= length === 0;
    bits *= Math.max(1, length);
    if (bits > 8 * onnxLimits.fileBytesMax) {
      throw refuse('shape', place, `[${shape.join(', ')}] is beyond any file (fileBytesMax)`);
    }
  }
  return isEmpty ? 0 : Math.ceil(bits / 8);
}

interface Sources {
  type: number;
  raw: Uint8Array | null;
  typed: { field: Field; data: Uint8Array }[];
  external: Map<string, string> | null;
}

function findSource(place: string, { type, raw, typed, external }: Sources): TensorSource {
  if (type === textType) return { kind: 'text' };
  if (external) return readExternal(place, external);
  if (raw) return { kind: 'raw', data: raw };
  const [first] = typed;
  if (!first) return { kind: 'raw', data: new Uint8Array(0) };
  const { number } = first.field;
  if (typed.some(({ field }) => field.number !== number)) {
    throw refuse('malformed', place, 'its elements are in two fields');
  }
  const parts = typed.map(({ field, data }) => ({ wire: field.wire, data, value: field.value }));
  return { kind: 'typed', field: number, parts };
}

/** StringStringEntryProto. */
export function readEntry(message: Message, entries: Map<string, string>): void {
  const { place } = message;
  let [key, value] = ['', ''];
  readFields(message, (field) => {
    if (field.number === 1) key = textOf(message, field, { place, most: textBytesMax });
    else if (field.number === 2) value = textOf(message, field, { place, most: metadataBytesMax });
  });
  entries.set(key, value);
}

function readExternal(place: string, entries: Map<string, string>): TensorSource {
  const location = entries.get('location');
  if (!location) throw refuse('external', place, 'external data without a location');
  const count = (name: string): number | null => {
    const text = entries.get(name);
    if (text === undefined) return null;
    const value = Number(text);
    if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
      throw refuse('external', place, `${name} of the external data is no count`);
    }
    return value;
  };
  return { kind: 'external', location, offset: count('offset') ?? 0, length: count('length') };
}
