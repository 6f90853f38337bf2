// Float weights as the constants of a rival's ONNX file: float32, float16, or blocks of 4 bits.
import type { OnnxTensor } from './onnx-proto.ts';

/** Inputs that share a scale, as transformers.js's q4 files have them. */
export const NBITS_BLOCK = 32;

const littleEndian = (array: ArrayBufferView) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export function int64Tensor(name: string, values: number[]): OnnxTensor {
  const bytes = littleEndian(BigInt64Array.from(values, BigInt));
  return { name, type: 'int64', dims: [values.length], bytes };
}

export function floatTensor(
  name: string,
  dims: number[],
  { values, type }: { values: Float32Array; type: 'float32' | 'float16' },
): OnnxTensor {
  const words = type === 'float32' ? values : toHalves(values);
  return { name, type, dims, bytes: littleEndian(words) };
}

function toHalves(values: Float32Array): Uint16Array {
  const words = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) words[i] = toHalf(values[i]);
  return words;
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** IEEE 754 binary16 of a float32 within its range: nearest, ties to even. */
export function toHalf(value: number): number {
  scratch[0] = value;
  const sign = (scratchBits[0] >>> 16) & 0x8000;
  const size = scratchBits[0] & 0x7fff_ffff;
  if (!(Math.abs(value) < 65520)) throw new Error(`${value} does not fit float16.`);
  // Subnormals: from 2^52 on doubles are whole numbers, so that the sum rounds, ties to even.
  if (Math.abs(value) < 2 ** -14) return sign + (Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  const rounded = size + 0xfff + ((size >> 13) & 1);
  return sign + ((rounded - (112 << 23)) >> 13);
}

/** [rows, columns] to [columns, rows]: MatMul wants inputs first. */
export function transpose(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k++) result[k * rows + row] = values[row * columns + k];
  }
  return result;
}

/**
 * MatMulNBits' operands for a weight [outputs, inputs]: blocks of 32 inputs, 4 bits around 8, the
 * largest magnitude of a block at -8, as onnxruntime's own symmetric quantizer makes them.
 */
export function quantizeNBits(weight: Float32Array) {
  const blocks = weight.length / NBITS_BLOCK;
  const packed = new Uint8Array(weight.length / 2);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const values = weight.subarray(block * NBITS_BLOCK, (block + 1) * NBITS_BLOCK);
    const most = values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const scale = most / -8;
    scales[block] = scale;
    values.forEach((value, k) => {
      const level = scale === 0 ? 8 : Math.min(15, Math.max(0, Math.round(value / scale) + 8));
      packed[(block * NBITS_BLOCK + k) >> 1] |= level << (4 * (k & 1));
    });
  }
  return { packed, scales };
}
