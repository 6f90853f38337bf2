// A tensor's elements as bytes, little endian and row-major, wherever the file keeps them.
import type { OnnxTensor, TensorSource } from './onnx-model.ts';
import { refuse } from './protobuf.ts';
import { sizeMismatch, typedFields } from './read-tensor.ts';

/** Where a tensor's typed elements are, by its type; the 4-bit ones two to a number. */
const fieldOfType = new Map<number, number>([
  ...[1, 14].map((type) => [type, typedFields.float] as const),
  ...[2, 3, 4, 5, 6, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23].map(
    (type) => [type, typedFields.int32] as const,
  ),
  [7, typedFields.int64],
  ...[11, 15].map((type) => [type, typedFields.double] as const),
  ...[12, 13].map((type) => [type, typedFields.uint64] as const),
]);

const fixedFields: readonly number[] = [typedFields.float, typedFields.double];
/** Bytes of one number of int32_data, by the tensor's type. */
const narrow = new Map([...[4, 5, 10, 16].map((type) => [type, 2] as const), [6, 4]]);
const varintBytesMax = 10;

export type ReadExternal = (
  source: Extract<TensorSource, { kind: 'external' }>,
  tensor: OnnxTensor,
) => Promise<Uint8Array>;

/** Views of the file where they can be. @throws onnx/..., with the tensor's place */
export async function readTensorBytes(
  tensor: OnnxTensor,
  readExternal: ReadExternal,
): Promise<Uint8Array> {
  const { source, place, bytes } = tensor;
  if (source.kind === 'raw') return source.data;
  if (source.kind === 'text') throw refuse('dtype', place, 'text has no bytes of its own');
  if (source.kind === 'typed') return readTyped(tensor, source);
  const data = await readExternal(source, tensor);
  if (data.length !== bytes) throw sizeMismatch(place, bytes, data.length);
  return data;
}

/** @throws onnx/malformed, onnx/truncated, onnx/size-mismatch */
export function readTyped(
  { type, place, bytes }: OnnxTensor,
  { field, parts }: Extract<TensorSource, { kind: 'typed' }>,
): Uint8Array {
  if (fieldOfType.get(type) !== field) {
    throw refuse('malformed', place, `elements of type ${type} in field ${field}`);
  }
  // Fixed widths are little endian already; a packed list is one part, and used as it lies.
  if (fixedFields.includes(field)) {
    const data = join(parts.map((part) => part.data));
    if (data.length !== bytes) throw sizeMismatch(place, bytes, data.length);
    return data;
  }
  const width = field === typedFields.int32 ? (narrow.get(type) ?? 1) : type === 12 ? 4 : 8;
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const { data } of parts) {
    for (let from = 0; from < data.length; ) {
      if (at + width > bytes) throw sizeMismatch(place, bytes, at + width);
      from = putVarint(data, from, { out, at, width, place });
      at += width;
    }
  }
  if (at !== bytes) throw sizeMismatch(place, bytes, at);
  return out;
}

function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

interface VarintTarget {
  out: Uint8Array;
  at: number;
  width: number;
  place: string;
}

/** Exact in all 64 bits, which a number is not. @returns where the next one begins */
function putVarint(data: Uint8Array, from: number, { out, at, width, place }: VarintTarget) {
  let [low, high] = [0, 0];
  for (let i = 0; i < varintBytesMax && from + i < data.length; i++) {
    const byte = data[from + i];
    const bits = byte & 0x7f;
    const shift = 7 * i;
    if (shift < 32) low |= bits << shift;
    if (shift > 24) high |= shift >= 32 ? bits << (shift - 32) : bits >> (32 - shift);
    if (byte >= 0x80) continue;
    for (let j = 0; j < width; j++) out[at + j] = j < 4 ? low >>> (8 * j) : high >>> (8 * (j - 4));
    return from + i + 1;
  }
  throw refuse('truncated', place, 'a varint does not end');
}
