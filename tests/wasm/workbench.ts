// A copy of the kernels with a memory to lay operands out in. Free memory is poisoned and every
// array has a fence behind it, so that a kernel that reads or writes beyond its operands is seen.
import { expect } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import { compileKernels, instantiateKernels, type PlainKernels } from '#wasm/kernels.ts';

const POISON = 0xa5;
const FENCE_BYTES = 64;
const MEMORY_PAGES = 1024;

type Array = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface Workbench {
  kernels: PlainKernels;
  /** Room for that many bytes, poisoned. */
  place(bytes: number): number;
  /** Room that holds a copy of the array. */
  put(array: Array): number;
  words(address: number, length: number): Int32Array;
  halves(address: number, length: number): Int16Array;
  /** Fails if anything wrote beyond its operand; then everything is free again. */
  clear(): void;
}

export async function openWorkbench(): Promise<Workbench> {
  const kernels = await instantiateKernels(await compileKernels(await readKernels()));
  kernels.memory.grow(MEMORY_PAGES);
  const { buffer } = kernels.memory;
  const bytes = new Uint8Array(buffer).fill(POISON);
  let end = 64;
  let fences: number[] = [];
  const bench: Workbench = {
    kernels,
    place(length) {
      const address = end;
      fences.push(address + length);
      end += Math.ceil((length + FENCE_BYTES) / 16) * 16;
      if (end > bytes.length) throw new RangeError('The workbench is too small for this test.');
      return address;
    },
    put(array) {
      const address = bench.place(array.byteLength);
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
      return address;
    },
    words: (address, length) => new Int32Array(buffer, address, length).slice(),
    halves: (address, length) => new Int16Array(buffer, address, length).slice(),
    clear() {
      for (const fence of fences) {
        const intact = bytes.subarray(fence, fence + FENCE_BYTES).every((byte) => byte === POISON);
        expect(intact, `the fence at ${fence}`).toBe(true);
      }
      bytes.fill(POISON, 0, end);
      end = 64;
      fences = [];
    },
  };
  return bench;
}

/** Activations of each kind that matters: extremes of the norm, small ones, and a real range. */
export const activationKinds = [
  'zeros',
  'greatest',
  'least',
  'ones',
  'small',
  'real',
  'any',
] as const;

const A = 2 ** 21 - 1;

export function makeActivations(
  kind: (typeof activationKinds)[number],
  length: number,
  random: (bound: number) => number,
): Int32Array {
  const signed = (max: number) => random(2 * max + 1) - max;
  const make = {
    zeros: () => 0,
    greatest: () => A,
    least: () => -A,
    ones: () => signed(1),
    small: () => signed(300),
    real: () => signed(20_000),
    any: () => (random(8) === 0 ? signed(1) * A : signed(A)),
  }[kind];
  return Int32Array.from({ length }, make);
}
