// What a kernel test is: a run, and the words that the oracle says it leaves; and the packing of
// rows as the kernels hold them, written apart from the engine's own.
import { makeRandom } from '#model/synthetic.ts';
import { ACTIVATION_MAX } from '#reference/arithmetic.ts';
import type { QuantizedRow } from '#reference/rows.ts';
import type { KernelRun } from './run-kernel.ts';

export interface KernelCase {
  name: string;
  run: KernelRun;
  expected: number[];
}

/** Left where a kernel must not write. */
const untouched = 0x5eed5eed;

export function fill(length: number): number[] {
  return new Array<number>(length).fill(untouched);
}

/** Values of every magnitude up to `most`, signs mixed. */
export function makeRow(seed: number, width: number, most = ACTIVATION_MAX): Int32Array {
  const random = makeRandom(seed);
  return Int32Array.from({ length: width }, () => {
    const size = Math.min(most, random(2 ** (1 + random(22))));
    return random(2) === 0 ? -size : size;
  });
}

export function packScale({ m, e }: { m: number; e: number }): number {
  return m | ((e + 32) << 16);
}

/** Four int8 to a word, the first lowest. */
export function packBytes(q: ArrayLike<number>): number[] {
  const bytes = Int8Array.from(q);
  return [...new Int32Array(bytes.buffer)];
}

/** A quantized row as linear kernels read it: the outliers' high plane, padded, then the row. */
export function packRow({ q }: QuantizedRow, outliers: Uint16Array): number[] {
  const planes = new Int8Array(16 * Math.ceil(outliers.length / 16));
  const low = Int32Array.from(q);
  outliers.forEach((column, index) => {
    planes[index] = (q[column] + 64) >> 7;
    low[column] = q[column] - 128 * planes[index];
  });
  return [...packBytes(planes), ...packBytes(low)];
}

/** `count` columns, ascending, the first and the last among them. */
export function pickColumns(seed: number, count: number, width: number): Uint16Array {
  const random = makeRandom(seed);
  const columns = new Set(count > 0 ? [0, width - 1] : []);
  while (columns.size < count) columns.add(random(width));
  return Uint16Array.from([...columns].sort((a, b) => a - b));
}

/** Rows of a buffer of which a kernel works on [start, end) alone. */
export function around(rows: number[][], before: number, after: number): number[] {
  const width = rows[0].length;
  return [...fill(before * width), ...rows.flat(), ...fill(after * width)];
}
