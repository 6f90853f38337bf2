// A tensor's elements as numbers: for comparing outputs, and for pipelines that read them.
import { halfValue } from './cbor-float.ts';
import { IdlewildError } from './errors.ts';
import type { TensorValue } from './tensor.ts';

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Of the types that the host can read in place. */
const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/**
 * Halves are widened, which is exact; 64-bit integers become numbers. No copy is made where the
 * host can read the bytes as they lie, so the elements are to be read, never written.
 * @throws tensor/too-large for an integer beyond 2^53
 */
export function readElements({ dtype, data }: TensorValue): ArrayLike<number> {
  if (dtype === 'float16') return readHalves(data);
  if (dtype === 'int64' || dtype === 'uint64') return readLong(data, dtype === 'int64');
  const kind = arrays[dtype];
  const width = kind.BYTES_PER_ELEMENT;
  if (width === 1) return new kind(data.buffer, data.byteOffset, data.length);
  const isInPlace = isLittleEndian && data.byteOffset % width === 0;
  const bytes = isInPlace ? data : toHostOrder(data, width);
  return new kind(bytes.buffer, bytes.byteOffset, bytes.length / width);
}

function toHostOrder(data: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  const bytes = data.slice();
  if (isLittleEndian) return bytes;
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

function readHalves(data: Uint8Array): Float32Array {
  const values = new Float32Array(data.length / 2);
  for (let i = 0; i < values.length; i++)
    values[i] = halfValue(data[2 * i] | (data[2 * i + 1] << 8));
  return values;
}

function readLong(data: Uint8Array, isSigned: boolean): Float64Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const values = new Float64Array(data.length / 8);
  for (let i = 0; i < values.length; i++) {
    const value = isSigned ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new IdlewildError('tensor/too-large', `Element ${i} is ${value}, beyond 2^53.`);
    }
    values[i] = number;
  }
  return values;
}
