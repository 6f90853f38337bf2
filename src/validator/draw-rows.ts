// Which rows of a finished unit are audited. The draw comes after the result, so that nobody can
// compute with care only what will be looked at.
import type { Draw } from './policy.ts';

/** @returns `count` different rows of `rows`, rising; all of them where count is not less */
export function drawRows(rows: number, count: number, draw: (place: number) => number): number[] {
  const left = Array.from({ length: rows }, (_, row) => row);
  const drawn: number[] = [];
  for (let place = 0; place < count && left.length > 0; place++) {
    drawn.push(...left.splice(Math.floor(draw(place) * left.length), 1));
  }
  return drawn.sort((a, b) => a - b);
}

/** Whether the coordinator audits a row itself. */
export function isForCoordinator(draw: Draw, unit: string | number, row: number, share: number) {
  return draw('coordinator', unit, row) < share;
}
