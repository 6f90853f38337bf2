// Symmetric quantization of activation rows (norm, section 3).
import {
  exponentOf,
  mantissaOf,
  maxLane,
  requantizeNarrow,
  requantizeWide,
} from './arithmetic';

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_s(a, b);
}

/** q = rq(x + offset, inverse, s) as i16, `columns` a multiple of 8. */
export function requantizeToI16(
  x: usize,
  columns: i32,
  inverse: u32,
  s: i32,
  offset: i32,
  q: usize,
): void {
  const m = i32x4.splat(inverse);
  const plus = i32x4.splat(offset);
  const end = x + (<usize>columns << 2);
  if (s > 16) {
    for (; x < end; x += 32, q += 16) {
      const a = i32x4.add(v128.load(x), plus);
      const b = i32x4.add(v128.load(x, 16), plus);
      v128.store(q, narrow(requantizeWide(a, m, s), requantizeWide(b, m, s)));
    }
  } else {
    for (; x < end; x += 32, q += 16) {
      const a = i32x4.add(v128.load(x), plus);
      const b = i32x4.add(v128.load(x, 16), plus);
      v128.store(q, narrow(requantizeNarrow(a, m, s), requantizeNarrow(b, m, s)));
    }
  }
}

/** The row's max: of inner columns, or of outliers at a 128th. */
export function rowMax(x: usize, columns: i32, outliers: usize): i32 {
  const end = x + (<usize>columns << 2);
  let inner = i32x4.splat(1);
  if (!outliers) {
    for (; x < end; x += 16) inner = i32x4.max_s(inner, i32x4.abs(v128.load(x)));
    return maxLane(inner);
  }
  let outer = i32x4.splat(0);
  for (; x < end; x += 16, outliers += 16) {
    const magnitude = i32x4.abs(v128.load(x));
    const mask = v128.load(outliers);
    inner = i32x4.max_s(inner, v128.andnot(magnitude, mask));
    outer = i32x4.max_s(outer, v128.and(magnitude, mask));
  }
  return max(maxLane(inner), (maxLane(outer) >> 7) + 1);
}

/**
 * @param x i32 [rows][columns], `columns` a multiple of 8
 * @param outliers i32 [columns], -1 at outlier columns; 0 where the input has none
 * @param q i16 [rows][columns]
 */
export function quantizeRows(
  x: usize,
  rows: i32,
  columns: i32,
  outliers: usize,
  q: usize,
  mantissas: usize,
  exponents: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const most = rowMax(x, columns, outliers);
    const m = mantissaOf(most);
    const e = exponentOf(most, m);
    store<u32>(mantissas, m);
    store<i32>(exponents, e);
    requantizeToI16(x, columns, (<u32>127 << 24) / m, 24 + e, 0, q);
    x += <usize>columns << 2;
    q += <usize>columns << 1;
    mantissas += 4;
    exponents += 4;
  }
}
