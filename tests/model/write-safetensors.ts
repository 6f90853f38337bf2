// Writes safetensors files for tests: well-formed ones, and the raw parts of broken ones.
import { type Bytes, concatBytes, utf8 } from '#protocol/bytes.ts';

export interface RawTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

export function packSafetensors(header: string | Uint8Array, data: Uint8Array): Bytes {
  const text = typeof header === 'string' ? utf8(header) : header;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return concatBytes(length, text, data);
}

export function writeSafetensors(tensors: Record<string, RawTensor>): Bytes {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  const data = concatBytes(...Object.values(tensors).map(({ bytes }) => bytes));
  return packSafetensors(JSON.stringify(header), data);
}

export function floatTensor(shape: number[], values: ArrayLike<number>): RawTensor {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], true);
  return { dtype: 'F32', shape, bytes };
}

export function wordTensor(dtype: 'F16' | 'BF16', words: number[]): RawTensor {
  const bytes = Uint8Array.from(words.flatMap((word) => [word & 255, word >> 8]));
  return { dtype, shape: [words.length], bytes };
}
