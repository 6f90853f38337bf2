// What differs between the two modules of kernels: how a dense layer's operands lie in memory and
// which kernels multiply them. A lane is a module's instance, and gives the same bytes as the other.
import type { LinearWeights } from '#model/encoder.ts';
import type { CommonKernels } from './kernels.ts';
import type { Buffers } from './place-buffers.ts';

type Array = Int8Array | Uint8Array | Uint16Array | Int32Array | Uint32Array;

/** Hands out addresses now; the bytes are written once the memory has grown. */
export interface Placer {
  copy(array: Array): number;
  /** @returns the address of that many bytes, which `fill` is given later */
  place(bytes: number, fill: (bytes: Uint8Array) => void): number;
}

/** A dense layer in memory; its methods work on `rows` rows from the given address. */
export interface Dense {
  inputs: number;
  outputs: number;
  /** Whether its input has outlier columns. */
  hasOutliers: boolean;
  /** x, i32, to the operands of `multiply`. */
  quantize(x: number, rows: number): void;
  /** x = gelu(x), then its shifted quantization; `tails` is the table's address. */
  activate(x: number, rows: number, tails: number): void;
  /** y = the layer's output, or y + that. */
  multiply(y: number, rows: number, isResidual: boolean): void;
}

export interface Lane {
  kernels: CommonKernels;
  place(linear: LinearWeights, placer: Placer, buffers: Buffers): Dense;
  /** @returns what says whether the lane still computes rightly, in a few microseconds */
  watch(placer: Placer): () => boolean;
}

export function outlierMask(inputs: number, outliers: Uint16Array): Int32Array {
  const mask = new Int32Array(inputs);
  for (const column of outliers) mask[column] = -1;
  return mask;
}
