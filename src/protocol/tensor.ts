// Tensors on the wire: what a bounded model takes and gives, by name. Bytes are bytes here, little
// endian and row-major; whether two results agree is the validator's question.
import type { Bytes } from './bytes.ts';
import { IdlewildError } from './errors.ts';
import { limits } from './limits.ts';

/** Bytes of one element; the types that onnxruntime-web takes, text excepted. */
export const dtypeBytes = {
  float32: 4,
  float16: 2,
  float64: 8,
  int8: 1,
  uint8: 1,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
} as const;

export type Dtype = keyof typeof dtypeBytes;

export interface TensorValue {
  dtype: Dtype;
  /** Lengths, outermost first; none for a single value, and a length may be 0. */
  shape: number[];
  /** elementCount(shape) * dtypeBytes[dtype] of them. A bool is one byte, 0 or 1. */
  data: Bytes;
}

/** By input or output name. */
export type TensorMap = Record<string, TensorValue>;

export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(dtypeBytes, value);
}

/** @param field where the tensor stands, for the message */
export function refuseTensor(field: string, why: string): IdlewildError {
  return new IdlewildError('tensor/malformed', `Tensor ${field}: ${why}.`);
}

/** Exact for every shape that `checkShape` takes. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * A shape from a stranger, before anything is allocated for it.
 * @returns bytes that a tensor of it has
 * @throws tensor/malformed
 */
export function checkShape(shape: unknown, dtype: Dtype, field: string): number {
  const { tensorDimensionsMax, tensorBytesMax } = limits;
  if (!Array.isArray(shape) || shape.length > tensorDimensionsMax) {
    throw refuseTensor(field, `shape: expected up to ${tensorDimensionsMax} (tensorDimensionsMax)`);
  }
  let bytes: number = dtypeBytes[dtype];
  let isEmpty = false;
  for (const length of shape as unknown[]) {
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
      throw refuseTensor(field, 'shape: expected lengths of 0 or more');
    }
    isEmpty ||= length === 0;
    // A length of 0 empties the tensor, but does not excuse the others.
    bytes *= Math.max(1, length);
    if (bytes > tensorBytesMax) {
      throw refuseTensor(field, `shape: needs more than ${tensorBytesMax} bytes (tensorBytesMax)`);
    }
  }
  return isEmpty ? 0 : bytes;
}

/** @throws tensor/malformed, with the field, unless dtype, shape and data belong together */
export function checkTensor(value: unknown, field: string): TensorValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseTensor(field, 'expected dtype, shape and data');
  }
  const { dtype, shape, data } = value as Record<string, unknown>;
  if (Object.keys(value).length !== 3) throw refuseTensor(field, 'expected dtype, shape and data');
  if (!isDtype(dtype)) {
    throw refuseTensor(field, `dtype: expected one of ${Object.keys(dtypeBytes).join(', ')}`);
  }
  const bytes = checkShape(shape, dtype, field);
  if (!(data instanceof Uint8Array) || data.length !== bytes) {
    throw refuseTensor(field, `data: expected the ${bytes} bytes of its shape`);
  }
  if (dtype === 'bool' && data.some((byte) => byte > 1)) {
    throw refuseTensor(field, 'data: a bool is 0 or 1');
  }
  return { dtype, shape: [...(shape as number[])], data: data as Bytes };
}

/** @throws tensor/malformed */
function checkTensorName(name: string, field: string): void {
  const most = limits.tensorNameBytesMax;
  if (name.length === 0 || name.length > most || name === '__proto__') {
    throw refuseTensor(field, `a name has 1 to ${most} characters (tensorNameBytesMax)`);
  }
}

/**
 * Tensors by name, from a stranger; their order is kept.
 * @throws tensor/malformed
 */
export function checkTensorMap(value: unknown, field: string): TensorMap {
  return readTensorMap(value, field, checkTensor);
}

/**
 * The same in any form. @param read one of them
 * @throws tensor/malformed, and what `read` throws
 */
export function readTensorMap(
  value: unknown,
  field: string,
  read: (tensor: unknown, field: string) => TensorValue,
): TensorMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseTensor(field, 'expected tensors by name');
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > limits.tensorsMax) {
    throw refuseTensor(field, `expected 1 to ${limits.tensorsMax} tensors (tensorsMax)`);
  }
  return Object.fromEntries(
    entries.map(([name, tensor]) => {
      checkTensorName(name, field);
      return [name, read(tensor, `${field}[${JSON.stringify(name)}]`)];
    }),
  );
}
