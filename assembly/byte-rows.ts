// Rows of activations as bytes (norm, section 3): outliers in two planes, shifted ones as u - 128.
// Beside each row the term that undoes the weights' offset: -64 times the sum of what was written.
import {
  exponentOf,
  mantissaOf,
  requantizeNarrow,
  requantizeWide,
  sumLanes,
} from './arithmetic';
import { activateRow, DOWN_OFFSET } from './gelu';
import { rowMax } from './quantize';

/** Seven-bit weights are stored as weight + 64. */
const WEIGHT_OFFSET: i32 = 64;
/** Shifted activations, 0..255, are stored as u - 128. */
const SHIFTED_OFFSET: i32 = 128;

// @ts-ignore: decorator
@inline
function requantize(x: usize, plus: v128, m: v128, s: i32, wide: bool): v128 {
  const value = i32x4.add(v128.load(x), plus);
  return wide ? requantizeWide(value, m, s) : requantizeNarrow(value, m, s);
}

// @ts-ignore: decorator
@inline
function toBytes(
  x: usize,
  columns: i32,
  inverse: u32,
  s: i32,
  offset: i32,
  center: i32,
  q: usize,
  wide: bool,
): i32 {
  const m = i32x4.splat(inverse);
  const plus = i32x4.splat(offset);
  const minus = i16x8.splat(<i16>center);
  const end = x + (<usize>columns << 2);
  let sums = i32x4.splat(0);
  for (; x < end; x += 64, q += 16) {
    const a = requantize(x, plus, m, s, wide);
    const b = requantize(x + 16, plus, m, s, wide);
    const c = requantize(x + 32, plus, m, s, wide);
    const d = requantize(x + 48, plus, m, s, wide);
    const low = i16x8.sub(i16x8.narrow_i32x4_s(a, b), minus);
    const high = i16x8.sub(i16x8.narrow_i32x4_s(c, d), minus);
    const bytes = i8x16.narrow_i16x8_s(low, high);
    const pairs = i16x8.extadd_pairwise_i8x16_s(bytes);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
    v128.store(q, bytes);
  }
  return sumLanes(sums);
}

/** q = rq(x + offset, inverse, s) - center as saturated bytes; returns their sum. */
function requantizeToI8(
  x: usize,
  columns: i32,
  inverse: u32,
  s: i32,
  offset: i32,
  center: i32,
  q: usize,
): i32 {
  return s > 16
    ? toBytes(x, columns, inverse, s, offset, center, q, true)
    : toBytes(x, columns, inverse, s, offset, center, q, false);
}

/** Outliers in two planes, in place of the saturated bytes; returns by how much q's sum grows. */
function splitOutliers(
  x: usize,
  list: usize,
  count: i32,
  inverse: u32,
  s: i32,
  high: usize,
  q: usize,
): i32 {
  const half = <i64>1 << (s - 1);
  let more = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const column = <usize>load<u16>(list + (i << 1));
    const product = <i64>load<i32>(x + (column << 2)) * <i64>inverse;
    const whole = <i32>((product + half) >> s);
    const upper = (whole + 64) >> 7;
    more += whole - load<i8>(q + column);
    store<i8>(high + i, upper);
    store<i8>(q + column, whole - (upper << 7));
  }
  return more;
}

/**
 * Symmetric quantization.
 *
 * @param x i32 [rows][columns], `columns` a multiple of 16
 * @param mask i32 [columns], -1 at outlier columns; 0 where the input has none
 * @param list u16 [outliers]: those columns
 * @param q i8 [rows][outliers + columns]: the outliers' high plane, then every column
 * @param terms i32 [rows]
 */
export function quantizeBytes(
  x: usize,
  rows: i32,
  columns: i32,
  mask: usize,
  list: usize,
  outliers: i32,
  q: usize,
  mantissas: usize,
  exponents: usize,
  terms: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const most = rowMax(x, columns, mask);
    const m = mantissaOf(most);
    const e = exponentOf(most, m);
    const inverse = (<u32>127 << 24) / m;
    const low = q + outliers;
    let sum = requantizeToI8(x, columns, inverse, 24 + e, 0, 0, low);
    sum += splitOutliers(x, list, outliers, inverse, 24 + e, q, low);
    store<u32>(mantissas, m);
    store<i32>(exponents, e);
    store<i32>(terms, -WEIGHT_OFFSET * sum);
    x += <usize>columns << 2;
    q = low + columns;
    mantissas += 4;
    exponents += 4;
    terms += 4;
  }
}

/**
 * x = gelu(x), then its shifted quantization.
 *
 * @param x i32 [rows][columns], overwritten; `columns` a multiple of 16
 * @param table u16 [32769]: (t + 128) >> 8 of the norm for every magnitude in Q12
 * @param q i8 [rows][columns]
 * @param terms i32 [rows]
 */
export function activateBytes(
  x: usize,
  rows: i32,
  columns: i32,
  table: usize,
  q: usize,
  mantissas: usize,
  exponents: usize,
  terms: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const bound = activateRow(x, columns, table) + DOWN_OFFSET;
    const m = mantissaOf(bound);
    const e = exponentOf(bound, m);
    const inverse = (<u32>255 << 23) / m;
    const sum = requantizeToI8(x, columns, inverse, 23 + e, DOWN_OFFSET, SHIFTED_OFFSET, q);
    store<u32>(mantissas, m);
    store<i32>(exponents, e);
    store<i32>(terms, -WEIGHT_OFFSET * sum);
    x += <usize>columns << 2;
    q += columns;
    mantissas += 4;
    exponents += 4;
    terms += 4;
  }
}
