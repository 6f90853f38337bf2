// What the picture of the work shows, from status alone and without a canvas: how many layers each
// row of the unit has passed, and what stands in the field. Nothing here is invented or smoothed.
import type { Totals } from '#protocol/wire.ts';
import type { UnitProgress } from '#worker/status.ts';

/**
 * Layers that each row has passed, 0 to `layers`. A status comes at most ten times a second, so
 * slices are missed between two of them; `done` tells whether the backend walks layer by layer
 * over all rows, or slice by slice through all layers, and with that where the other rows are.
 */
export function layersPassed(unit: UnitProgress): number[] {
  const { rows, sliceRow, sliceRows, layer, layers, done, total } = unit;
  if (done <= 0 || total <= 0) return new Array<number>(rows).fill(0);
  if (done >= total) return new Array<number>(rows).fill(layers);
  const end = sliceRow + sliceRows;
  const share = done / total;
  const byLayer = (layer + end / rows) / layers;
  const bySlice = (sliceRow + (sliceRows * (layer + 1)) / layers) / rows;
  const allRowsTogether = Math.abs(byLayer - share) <= Math.abs(bySlice - share);
  return Array.from({ length: rows }, (_, row) => {
    if (row >= end) return allRowsTogether ? layer : 0;
    if (row >= sliceRow || allRowsTogether) return layer + 1;
    return layers;
  });
}

const pixelsPerMark = 4;

/** Marks that fit side by side. */
export function roomOf(width: number): number {
  return Math.max(1, Math.floor(width / pixelsPerMark));
}

export interface Field {
  /** Blades: accepted units. Rings: finished, without a verdict. Crosses: refused. */
  blades: number;
  rings: number;
  crosses: number;
  /** Units that one mark stands for: 1, 2, 5, 10, 20, ... so that the field never overflows. */
  unitsPerMark: number;
}

/** @param room marks that fit */
export function fieldOf(totals: Totals, outbox: number, room: number): Field {
  const waiting = totals.pending + outbox;
  const all = totals.accepted + waiting + totals.rejected;
  let unitsPerMark = 1;
  for (let step = 0; all / unitsPerMark > room; step++) {
    unitsPerMark = [2, 5, 10][step % 3] * 10 ** Math.floor(step / 3);
  }
  const marks = (units: number) => Math.ceil(units / unitsPerMark);
  return {
    blades: marks(totals.accepted),
    rings: marks(waiting),
    crosses: marks(totals.rejected),
    unitsPerMark,
  };
}

/**
 * Where a mark stands, 0 to 1: multiples of the golden ratio keep apart however many there are,
 * and the field spreads from its middle as it grows. A mark never moves for a later one.
 */
export function placeOf(index: number, room: number): number {
  const apart = (0.31 + index * 0.6180339887498949) % 1;
  const spread = Math.min(1, 0.1 + 0.9 * Math.sqrt((2 * index) / Math.max(1, room)));
  return 0.5 + (apart - 0.5) * spread;
}

/** The same 0..1 for the same blade on every page. */
export function varietyOf(index: number, salt: number): number {
  let state = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
  return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
}
