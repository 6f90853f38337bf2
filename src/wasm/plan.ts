// Addresses in a kernels' memory: everything is placed first, then the memory grows once.
import { IdlewildError } from '#protocol/errors.ts';
import type { KernelMemory } from './kernels.ts';

const PAGE_BYTES = 65536;
/** A cache line; vectors need 16. */
const ALIGNMENT_BYTES = 64;
/** Address 0 means "none" to the kernels. */
const FIRST_ADDRESS = 64;

export interface MemoryPlan {
  /** @returns the address of that many bytes */
  place(bytes: number): number;
  /** @throws engine/out-of-memory */
  reserve(memory: KernelMemory): void;
}

/** What asked for too much may ask again once something else has been freed. */
export function outOfMemory(message: string, cause: unknown): IdlewildError {
  return new IdlewildError('engine/out-of-memory', message, { retryable: true, cause });
}

export function createMemoryPlan(): MemoryPlan {
  let end = FIRST_ADDRESS;
  return {
    place(bytes) {
      const address = end;
      end += Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      return address;
    },
    reserve(memory) {
      const pages = Math.ceil(end / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES;
      if (pages <= 0) return;
      try {
        memory.grow(pages);
      } catch (cause) {
        const mebibytes = Math.ceil(end / 2 ** 20);
        throw outOfMemory(`The model needs ${mebibytes} MiB, which were refused.`, cause);
      }
    },
  };
}
