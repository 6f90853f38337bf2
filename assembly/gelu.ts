// GELU and the shifted quantization that follows it (norm, sections 2 and 3), in one pass per row.
import { exponentOf, mantissaOf, maxLane } from './arithmetic';
import { requantizeToI16 } from './quantize';

/** 0.17 in Q12, rounded up: no GELU output lies below its negative. */
export const DOWN_OFFSET: i32 = 697;
/** From 8.0 in Q12 on the tail is zero. */
const TAIL_END: i32 = 32768;

/** t of four magnitudes, from the table of every Q12 value below 8. */
// @ts-ignore: decorator
@inline
function tails(magnitude: v128, table: usize): v128 {
  const at = i32x4.shl(i32x4.min_s(magnitude, i32x4.splat(TAIL_END)), 1);
  let t = v128.load16_lane(table + i32x4.extract_lane(at, 0), i32x4.splat(0), 0);
  t = v128.load16_lane(table + i32x4.extract_lane(at, 1), t, 2);
  t = v128.load16_lane(table + i32x4.extract_lane(at, 2), t, 4);
  return v128.load16_lane(table + i32x4.extract_lane(at, 3), t, 6);
}

/** x = gelu(x), one row; returns its greatest value, at least 1 - DOWN_OFFSET. */
export function activateRow(x: usize, columns: i32, table: usize): i32 {
  let most = i32x4.splat(1 - DOWN_OFFSET);
  for (const end = x + (<usize>columns << 2); x < end; x += 16) {
    const value = v128.load(x);
    const positive = i32x4.max_s(value, i32x4.splat(0));
    const activated = i32x4.sub(positive, tails(i32x4.abs(value), table));
    v128.store(x, activated);
    most = i32x4.max_s(most, activated);
  }
  return maxLane(most);
}

/**
 * x = gelu(x), then its shifted quantization to 0..255.
 *
 * @param x i32 [rows][columns], overwritten; `columns` a multiple of 8
 * @param table u16 [32769]: (t + 128) >> 8 of the norm for every magnitude in Q12
 * @param q i16 [rows][columns]
 */
export function activateRows(
  x: usize,
  rows: i32,
  columns: i32,
  table: usize,
  q: usize,
  mantissas: usize,
  exponents: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const bound = activateRow(x, columns, table) + DOWN_OFFSET;
    const m = mantissaOf(bound);
    const e = exponentOf(bound, m);
    store<u32>(mantissas, m);
    store<i32>(exponents, e);
    requantizeToI16(x, columns, (<u32>255 << 23) / m, 23 + e, DOWN_OFFSET, q);
    x += <usize>columns << 2;
    q += <usize>columns << 1;
    mantissas += 4;
    exponents += 4;
  }
}
