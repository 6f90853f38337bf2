// Walks a protobuf message field by field, for files of strangers: pbf decodes the varints, and
// every length is held against its own message here, so that nothing is read beyond it or allocated
// by it.
import Pbf from 'pbf';
import { IdlewildError } from '#protocol/errors.ts';

/** How a field is encoded; groups, which protobuf gave up long ago, are refused. */
export const wires = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export interface Field {
  number: number;
  wire: number;
  /** The whole field with its tag, and where its payload begins: places in the message's bytes. */
  start: number;
  payload: number;
  end: number;
  /** Of a varint; beyond 2^53 rounded. Two's complement where it is negative. */
  value: number;
}

/** What is being read, and where it stands in the file: `graph.node[3].attribute[0]`. */
export interface Message {
  bytes: Uint8Array;
  place: string;
}

export function refuse(what: string, place: string, why: string, cause?: unknown): IdlewildError {
  return new IdlewildError(`onnx/${what}`, `${place || 'The file'}: ${why}.`, { cause });
}

/**
 * Each field in its order.
 * @throws onnx/truncated, onnx/malformed
 */
export function readFields({ bytes, place }: Message, onField: (field: Field) => void): void {
  const reader = new Pbf(bytes);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const tag = readVarint(reader, place);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (tag < 8 || number > 2 ** 29 - 1) throw refuse('malformed', place, 'not a protobuf field');
    const field = readPayload(reader, { number, wire, start, place });
    if (field.end > bytes.length) {
      const more = field.end - bytes.length;
      throw refuse('truncated', place, `field ${number} ends ${more} bytes beyond its message`);
    }
    reader.pos = field.end;
    onField(field);
  }
}

function readPayload(
  reader: Pbf,
  { number, wire, start, place }: { number: number; wire: number; start: number; place: string },
): Field {
  const at = reader.pos;
  if (wire === wires.varint) {
    const value = readVarint(reader, place);
    return { number, wire, start, payload: at, end: reader.pos, value };
  }
  if (wire === wires.bytes) {
    const length = readVarint(reader, place);
    const payload = reader.pos;
    if (length < 0) throw refuse('malformed', place, `field ${number} has a negative length`);
    return { number, wire, start, payload, end: payload + length, value: length };
  }
  const widths = new Map<number, number>([
    [wires.fixed64, 8],
    [wires.fixed32, 4],
  ]);
  const width = widths.get(wire);
  if (!width) throw refuse('malformed', place, `field ${number} has an unknown wire type`);
  return { number, wire, start, payload: at, end: at + width, value: 0 };
}

function readVarint(reader: Pbf, place: string): number {
  let value: number;
  try {
    value = reader.readVarint(true);
  } catch (cause) {
    throw refuse('truncated', place, 'a varint does not end', cause);
  }
  if (reader.pos > reader.buf.length) throw refuse('truncated', place, 'a varint does not end');
  return value;
}

/** A field's message within `message`. @throws onnx/malformed */
export function enter(message: Message, field: Field, place: string): Message {
  return { bytes: payloadOf(message, field, place), place };
}

/** @throws onnx/malformed */
export function payloadOf({ bytes }: Message, field: Field, place: string): Uint8Array {
  if (field.wire !== wires.bytes) throw refuse('malformed', place, 'expected bytes');
  return bytes.subarray(field.payload, field.end);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws onnx/malformed, onnx/name-size */
export function textOf(message: Message, field: Field, options: { place: string; most: number }) {
  const { place, most } = options;
  const bytes = payloadOf(message, field, place);
  if (bytes.length > most) {
    throw refuse('name-size', place, `a text of ${bytes.length} bytes, at most ${most}`);
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw refuse('malformed', place, 'not UTF-8', cause);
  }
}

/** Integers, packed or one a field, added to `values`. @throws onnx/malformed, onnx/truncated */
export function readIntegers(
  message: Message,
  field: Field,
  options: { place: string; values: number[]; most: number },
): void {
  const { place, values, most } = options;
  if (field.wire === wires.varint) {
    values.push(field.value);
  } else {
    const bytes = payloadOf(message, field, place);
    const reader = new Pbf(bytes);
    while (reader.pos < bytes.length && values.length <= most) {
      values.push(readVarint(reader, place));
    }
  }
  if (values.length > most) throw refuse('size', place, `more than ${most} integers`);
}
