// One head's queries, keys and values, quantized per token and laid out for multiplyTile.
import { exponentOf, mantissaOf, maxLane, requantizeWide, saturateVector } from './arithmetic';

// @ts-ignore: decorator
@inline
export function alignTo8(count: i32): i32 {
  return (count + 7) & ~7;
}

/** The greatest magnitude of `size` values, at least 1. */
// @ts-ignore: decorator
@inline
function headMax(x: usize, size: i32): i32 {
  const end = x + (<usize>size << 2);
  let most = i32x4.splat(1);
  for (; x < end; x += 16) most = i32x4.max_s(most, i32x4.abs(v128.load(x)));
  return maxLane(most);
}

/**
 * rq(x, inverse, 24 - up) where factor = inverse·2^up: |x|·2^up ≤ m and inverse = 127·2^24 / m, so
 * that the whole product and the half fit 32 bits.
 */
// @ts-ignore: decorator
@inline
function quantizeSmall(x: usize, factor: v128): v128 {
  const product = i32x4.mul(v128.load(x), factor);
  return i32x4.shr_s(i32x4.add(product, i32x4.splat(1 << 23)), 24);
}

// @ts-ignore: decorator
@inline
function quantizeLarge(x: usize, inverse: v128, s: i32, limit: i32): v128 {
  return requantizeWide(saturateVector(v128.load(x), limit), inverse, s);
}

/** One token's values, saturated at ±limit, to i16 in ±127. */
function quantizeHead(
  x: usize,
  size: i32,
  limit: i32,
  row: usize,
  mantissa: usize,
  exponent: usize,
): void {
  const most = min(headMax(x, size), limit);
  const end = x + (<usize>(size & ~7) << 2);
  if (most < 65536) {
    const up = <i32>clz(most) - 16;
    const m = <u32>most << up;
    store<u32>(mantissa, m);
    store<i32>(exponent, -up);
    const factor = i32x4.splat(((<u32>127 << 24) / m) << up);
    for (; x < end; x += 32, row += 16) {
      const low = quantizeSmall(x, factor);
      v128.store(row, i16x8.narrow_i32x4_s(low, quantizeSmall(x + 16, factor)));
    }
    if (size & 4) {
      v128.store(row, i16x8.narrow_i32x4_s(quantizeSmall(x, factor), i32x4.splat(0)));
    }
    return;
  }
  const m = mantissaOf(most);
  const e = exponentOf(most, m);
  store<u32>(mantissa, m);
  store<i32>(exponent, e);
  const inverse = i32x4.splat((<u32>127 << 24) / m);
  for (; x < end; x += 32, row += 16) {
    const low = quantizeLarge(x, inverse, 24 + e, limit);
    const high = quantizeLarge(x + 16, inverse, 24 + e, limit);
    v128.store(row, i16x8.narrow_i32x4_s(low, high));
  }
  if (size & 4) {
    const low = quantizeLarge(x, inverse, 24 + e, limit);
    v128.store(row, i16x8.narrow_i32x4_s(low, i32x4.splat(0)));
  }
}

/**
 * @param x i32, `rowBytes` from token to token; tokens from `tokens` on repeat the last
 * @param rows i16 [count][size rounded up to 8], zero beyond `size`
 * @param mantissas u32 [count], `exponents` i32 [count]
 */
export function quantizeHeads(
  x: usize,
  rowBytes: usize,
  tokens: i32,
  count: i32,
  size: i32,
  limit: i32,
  rows: usize,
  mantissas: usize,
  exponents: usize,
): void {
  const last = x + <usize>(tokens - 1) * rowBytes;
  const bytes = <usize>alignTo8(size) << 1;
  for (let token: usize = 0; token < <usize>count; token++, rows += bytes) {
    const word = token << 2;
    quantizeHead(x, size, limit, rows, mantissas + word, exponents + word);
    x = min(x + rowBytes, last);
  }
}

/**
 * @param rows i16 [keyCount][wide]
 * @param panels i16 [keyCount / 8][wide / 2][8][2]
 */
export function layKeys(rows: usize, keyCount: i32, wide: i32, panels: usize): void {
  const bytes = <usize>wide << 1;
  const panelBytes = <usize>wide << 4;
  for (let key = 0; key < keyCount; key += 4) {
    const panel = panels + <usize>(key >> 3) * panelBytes + (<usize>(key & 4) << 2);
    for (let d: usize = 0; d < bytes; d += 16) {
      const from = rows + d;
      const a = v128.load(from);
      const b = v128.load(from + bytes);
      const c = v128.load(from + 2 * bytes);
      const e = v128.load(from + 3 * bytes);
      const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const ce = v128.shuffle<i32>(c, e, 0, 4, 1, 5);
      const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const ceHigh = v128.shuffle<i32>(c, e, 2, 6, 3, 7);
      const to = panel + (d << 3);
      v128.store(to, v128.shuffle<i64>(ab, ce, 0, 2));
      v128.store(to, v128.shuffle<i64>(ab, ce, 1, 3), 32);
      v128.store(to, v128.shuffle<i64>(abHigh, ceHigh, 0, 2), 64);
      v128.store(to, v128.shuffle<i64>(abHigh, ceHigh, 1, 3), 96);
    }
    rows += 4 * bytes;
  }
}

/**
 * @param rows i16 [tokens rounded up to 2][wide]; what lies beyond `tokens` has zero weight
 * @param panels i16 [wide / 8][keyCount / 2][8][2]
 */
export function layValues(rows: usize, tokens: i32, keyCount: i32, wide: i32, panels: usize): void {
  const bytes = <usize>wide << 1;
  const panelBytes = <usize>keyCount << 4;
  for (let token = 0; token < tokens; token += 2, rows += 2 * bytes, panels += 32) {
    let to = panels;
    for (let d: usize = 0; d < bytes; d += 16, to += panelBytes) {
      const a = v128.load(rows + d);
      const b = v128.load(rows + d + bytes);
      v128.store(to, v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    }
  }
}

/** Dots, at most 256·127² < 2^22, stay within 2^30 when they are scaled to one exponent. */
const KEY_SPREAD_MAX: i32 = 8;
export const NO_COMMON: i32 = i32.MIN_VALUE;

/**
 * Exponents become 2^(e - the least), unless they lie too far apart.
 *
 * @returns the least, or NO_COMMON
 */
export function commonKeyExponent(exponents: usize, keyCount: i32): i32 {
  const end = exponents + (<usize>keyCount << 2);
  let least = 32;
  let greatest = -32;
  for (let at = exponents; at < end; at += 4) {
    least = min(least, load<i32>(at));
    greatest = max(greatest, load<i32>(at));
  }
  if (greatest - least > KEY_SPREAD_MAX) return NO_COMMON;
  for (let at = exponents; at < end; at += 4) store<i32>(at, 1 << (load<i32>(at) - least));
  return least;
}

/** The greatest exponent of the values. */
export function greatestExponent(exponents: usize, tokens: i32): i32 {
  let greatest = -32;
  for (let at = exponents; at < exponents + (<usize>tokens << 2); at += 4) {
    greatest = max(greatest, load<i32>(at));
  }
  return greatest;
}

/**
 * mantissas >>= 1; exponents become 2^(16 - greatest + e), or where one of them lies further than 16
 * below the greatest 2^(31 - greatest + e).
 *
 * @returns whether none lies further
 */
export function scaleValues(mantissas: usize, exponents: usize, tokens: i32, greatest: i32): bool {
  const bytes = <usize>tokens << 2;
  let least = 32;
  for (let at: usize = 0; at < bytes; at += 4) {
    least = min(least, load<i32>(exponents + at));
    store<u32>(mantissas + at, load<u32>(mantissas + at) >> 1);
  }
  const near = greatest - least <= 16;
  const one = <u32>1 << (near ? 16 : 31);
  for (let at = exponents; at < exponents + bytes; at += 4) {
    store<u32>(at, one >> (greatest - load<i32>(at)));
  }
  return near;
}
