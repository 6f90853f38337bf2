// One head's queries, keys and values, quantized per token and laid out for multiplyTile.
import {
  exponentOf,
  mantissaOf,
  maxLane,
  requantizeVector,
  SCORE_INPUT_MAX,
  saturateVector,
} from './arithmetic';

// @ts-ignore: decorator
@inline
export function alignTo8(count: i32): i32 {
  return (count + 7) & ~7;
}

/** The greatest magnitude of `size` values saturated at ±limit, at least 1. */
// @ts-ignore: decorator
@inline
function headMax(x: usize, size: i32, limit: i32): i32 {
  const end = x + (<usize>size << 2);
  let most = i32x4.splat(1);
  for (; x < end; x += 16) most = i32x4.max_s(most, i32x4.abs(v128.load(x)));
  return min(maxLane(most), limit);
}

/** int8 of four values at x, as i32 lanes. */
// @ts-ignore: decorator
@inline
function quantizeFour(x: usize, limit: i32, inverse: v128, s: i32): v128 {
  return requantizeVector(saturateVector(v128.load(x), limit), inverse, s);
}

// @ts-ignore: decorator
@inline
function inverseOf(m: u32): v128 {
  return i32x4.splat((<u32>127 << 24) / m);
}

/**
 * @param x i32, `rowBytes` from token to token
 * @param queries i16 [tokens][size rounded up to 8]; beyond `size` they meet zeros of the keys
 * @param mantissas u32 [tokens], `exponents` i32 [tokens]
 */
export function packQueries(
  x: usize,
  rowBytes: usize,
  tokens: i32,
  size: i32,
  queries: usize,
  mantissas: usize,
  exponents: usize,
): void {
  const queryBytes = <usize>alignTo8(size) << 1;
  for (let token = 0; token < tokens; token++, x += rowBytes, queries += queryBytes) {
    const most = headMax(x, size, SCORE_INPUT_MAX);
    const m = mantissaOf(most);
    const e = exponentOf(most, m);
    store<u32>(mantissas + (<usize>token << 2), m);
    store<i32>(exponents + (<usize>token << 2), e);
    const inverse = inverseOf(m);
    for (let d: usize = 0; d < <usize>size; d += 4) {
      const q = quantizeFour(x + (d << 2), SCORE_INPUT_MAX, inverse, 24 + e);
      v128.store64_lane(queries + (d << 1), i16x8.narrow_i32x4_s(q, q), 0);
    }
  }
}

/**
 * Keys up to a multiple of 8: those beyond the last token repeat it, so that they never have the
 * greatest score alone.
 *
 * @param panels i16 [keyCount / 8][size / 2][8][2], size rounded up to 8, zero beyond `size`
 * @param mantissas f64 [keyCount]: m·2^-16; `powers` f64 [keyCount]: 2^e
 */
export function packKeys(
  x: usize,
  rowBytes: usize,
  tokens: i32,
  size: i32,
  panels: usize,
  mantissas: usize,
  powers: usize,
): void {
  const wide = <usize>alignTo8(size);
  const last = x + <usize>(tokens - 1) * rowBytes;
  const keyCount = <usize>alignTo8(tokens);
  for (let token: usize = 0; token < keyCount; token++, x = min(x + rowBytes, last)) {
    const most = headMax(x, size, SCORE_INPUT_MAX);
    const m = mantissaOf(most);
    const e = exponentOf(most, m);
    store<f64>(mantissas + (token << 3), <f64>m / 65536);
    store<f64>(powers + (token << 3), powerOfTwo(e));
    const inverse = inverseOf(m);
    const panel = panels + (token >> 3) * (wide << 4) + ((token & 7) << 2);
    for (let d: usize = 0; d < <usize>size; d += 4) {
      const q = quantizeFour(x + (d << 2), SCORE_INPUT_MAX, inverse, 24 + e);
      const pairs = i16x8.narrow_i32x4_s(q, q);
      v128.store32_lane(panel + (d << 4), pairs, 0);
      v128.store32_lane(panel + (d << 4), pairs, 1, 32);
    }
    if (size & 4) {
      store<u32>(panel + (<usize>size << 4), 0);
      store<u32>(panel + (<usize>size << 4), 0, 32);
    }
  }
}

/**
 * @param panels i16 [size / 8][keyCount / 2][8][2], size rounded up to 8; what lies beyond `tokens`
 *   has zero weight, and what lies beyond `size` is not looked at
 * @param mantissas u32 [tokens]: m >> 1
 * @param powers u32 [tokens]: 2^(31 - greatest + e)
 * @returns the greatest exponent
 */
export function packValues(
  x: usize,
  rowBytes: usize,
  tokens: i32,
  size: i32,
  panels: usize,
  mantissas: usize,
  powers: usize,
): i32 {
  const panelBytes = <usize>alignTo8(tokens) << 4;
  let greatest = -32;
  for (let token: usize = 0; token < <usize>tokens; token++, x += rowBytes) {
    const most = headMax(x, size, i32.MAX_VALUE);
    const m = mantissaOf(most);
    const e = exponentOf(most, m);
    store<u32>(mantissas + (token << 2), m >> 1);
    store<i32>(powers + (token << 2), e);
    greatest = max(greatest, e);
    const inverse = inverseOf(m);
    const pair = panels + ((token >> 1) << 5) + ((token & 1) << 1);
    for (let d: usize = 0; d < <usize>size; d += 4) {
      const q = requantizeVector(v128.load(x + (d << 2)), inverse, 24 + e);
      const to = pair + (d >> 3) * panelBytes + ((d & 4) << 2);
      v128.store16_lane(to, q, 0);
      v128.store16_lane(to, q, 2, 4);
      v128.store16_lane(to, q, 4, 8);
      v128.store16_lane(to, q, 6, 12);
    }
  }
  for (let at = powers; at < powers + (<usize>tokens << 2); at += 4) {
    store<u32>(at, (<u32>0x80000000) >> (greatest - load<i32>(at)));
  }
  return greatest;
}

/** 2^n for -1022 ≤ n ≤ 1023. */
// @ts-ignore: decorator
@inline
export function powerOfTwo(n: i32): f64 {
  return reinterpret<f64>(<u64>(1023 + n) << 52);
}
