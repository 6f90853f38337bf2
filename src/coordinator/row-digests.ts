// Digests of the rows of outputs that came lately. One row of each is audited within seconds, and
// was hashed when its output was checked: the output need not be read from the disk and hashed again.
// In one ring of bytes, for the collector's sake.
import type { Bytes } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';

export interface RowDigests {
  /** @param blob the output's name @param digests of its rows, 32 bytes each */
  keep(blob: string, digests: readonly Uint8Array[]): void;
  /** @returns null where they are not known here: the output has them */
  find(blob: string, place: number): Bytes | null;
}

const digestBytes = 32;
const slotBytes = digestBytes * limits.unitRowsMax;
/** The oldest are overwritten. 1 KiB each. */
const outputsMax = 8_192;

export function createRowDigests(): RowDigests {
  const ring = new Uint8Array(slotBytes * outputsMax);
  const slots = new Map<string, number>();
  const names: string[] = [];
  let next = 0;
  return {
    keep(blob, digests) {
      const slot = next;
      next = (next + 1) % outputsMax;
      if (slot < names.length) slots.delete(names[slot]);
      names[slot] = blob;
      slots.set(blob, slot);
      let at = slotBytes * slot;
      for (const digest of digests) {
        ring.set(digest, at);
        at += digestBytes;
      }
    },
    find(blob, place) {
      const slot = slots.get(blob);
      if (slot === undefined) return null;
      const from = slotBytes * slot + digestBytes * place;
      return ring.slice(from, from + digestBytes);
    },
  };
}
