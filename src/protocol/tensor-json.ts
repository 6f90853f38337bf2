// Tensors as JSON, for /v1/infer: data in base64 (little endian, row-major) or as numbers, nested
// or flat. Untrusted input: nothing is allocated before the shape was checked.
import type { Bytes } from './bytes.ts';
import { toHalfBits } from './float16.ts';
import { decodeBase64, encodeBase64 } from './long-base64.ts';
import {
  checkShape,
  checkTensor,
  type Dtype,
  dtypeBytes,
  elementCount,
  isDtype,
  readTensorMap,
  refuseTensor,
  type TensorMap,
  type TensorValue,
} from './tensor.ts';

export interface TensorJson {
  dtype: Dtype;
  shape: number[];
  /** Base64. */
  data: string;
}

function tensorToJson({ dtype, shape, data }: TensorValue): TensorJson {
  return { dtype, shape, data: encodeBase64(data) };
}

export function tensorsToJson(tensors: TensorMap): Record<string, TensorJson> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tensorToJson(tensor)]),
  );
}

/** @throws tensor/malformed, with the field */
export function tensorsFromJson(value: unknown, field = 'inputs'): TensorMap {
  return readTensorMap(value, field, tensorFromJson);
}

/** @throws tensor/malformed, with the field */
export function tensorFromJson(value: unknown, field: string): TensorValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuseTensor(field, 'expected dtype, shape and data');
  }
  const { dtype, shape, data, ...rest } = value as Record<string, unknown>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw refuseTensor(field, `unknown field ${JSON.stringify(unknown.slice(0, 80))}`);
  }
  if (!isDtype(dtype)) {
    throw refuseTensor(field, `dtype: expected one of ${Object.keys(dtypeBytes).join(', ')}`);
  }
  checkShape(shape, dtype, field);
  const lengths = shape as number[];
  if (typeof data === 'string') {
    const bytes = decodeBase64(data);
    if (!bytes) throw refuseTensor(field, 'data: expected base64 with padding, or numbers');
    return checkTensor({ dtype, shape: lengths, data: bytes }, field);
  }
  return {
    dtype,
    shape: [...lengths],
    data: numbersToBytes(data, { dtype, shape: lengths, field }),
  };
}

interface Target {
  dtype: Dtype;
  shape: number[];
  field: string;
}

/** Numbers nested as the shape has it, or in one list; a bare number for a shape of no lengths. */
function numbersToBytes(data: unknown, { dtype, shape, field }: Target): Bytes {
  const count = elementCount(shape);
  const bytes = new Uint8Array(count * dtypeBytes[dtype]);
  const view = new DataView(bytes.buffer);
  let written = 0;
  const put = (value: unknown) => {
    const fault = putNumber(view, written * dtypeBytes[dtype], { dtype, value });
    if (fault) throw refuseTensor(`${field}, data[${written}]`, fault);
    written++;
  };
  const putNested = (value: unknown, depth: number) => {
    if (depth === shape.length) {
      put(value);
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[depth]) {
      const lengths = shape.join(', ');
      throw refuseTensor(
        field,
        `data: expected base64, or numbers nested or flat, as [${lengths}]`,
      );
    }
    for (const part of value) putNested(part, depth + 1);
  };
  const isFlat =
    Array.isArray(data) && data.length === count && !data.some((part) => Array.isArray(part));
  if (isFlat) for (const value of data) put(value);
  else putNested(data, 0);
  return bytes;
}

const integerRanges = {
  int8: [-128, 127],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
} as const;

/** @returns what is wrong with the value, if anything is */
function putNumber(
  view: DataView,
  at: number,
  { dtype, value }: { dtype: Dtype; value: unknown },
): string | null {
  if (dtype === 'bool') {
    if (value !== true && value !== false && value !== 0 && value !== 1) return 'expected a bool';
    view.setUint8(at, value ? 1 : 0);
    return null;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'expected a number';
  if (dtype === 'float16' || dtype === 'float32' || dtype === 'float64') {
    return putFloat(view, at, { dtype, value });
  }
  const [least, most] = integerRanges[dtype];
  if (!Number.isInteger(value) || value < least || value > most) {
    const wider = dtype.endsWith('64') ? ' (base64 holds the rest)' : '';
    return `expected an integer from ${least} to ${most}${wider}`;
  }
  if (dtype === 'int8' || dtype === 'uint8') view.setUint8(at, value & 255);
  else if (dtype === 'int32' || dtype === 'uint32') view.setUint32(at, value >>> 0, true);
  else view.setBigInt64(at, BigInt(value), true);
  return null;
}

function putFloat(
  view: DataView,
  at: number,
  { dtype, value }: { dtype: 'float16' | 'float32' | 'float64'; value: number },
): string | null {
  const tooLarge = `too large for ${dtype}`;
  if (dtype === 'float64') {
    view.setFloat64(at, value, true);
  } else if (dtype === 'float32') {
    if (!Number.isFinite(Math.fround(value))) return tooLarge;
    view.setFloat32(at, value, true);
  } else {
    const bits = toHalfBits(value);
    if (bits === null) return tooLarge;
    view.setUint16(at, bits, true);
  }
  return null;
}
