// The primitives of the norm's section 2, in 32 bits: scalars once per row, vectors per element.

/** Activations saturate at ±(2^21 - 1). */
export const ACTIVATION_MAX: i32 = (1 << 21) - 1;
/** Queries and keys saturate at ±(2^18 - 1). */
export const SCORE_INPUT_MAX: i32 = (1 << 18) - 1;

// @ts-ignore: decorator
@inline
export function bitLength(x: u32): i32 {
  return 32 - <i32>clz(x);
}

/** m of the least m·2^e ≥ a with 2^15 ≤ m < 2^16; e is exponentOf(a, m). */
export function mantissaOf(a: u32): u32 {
  const e = bitLength(a) - 16;
  const m = e > 0 ? (a + (1 << e) - 1) >> e : a << -e;
  return m == 65536 ? 32768 : m;
}

/** The carry into bit 16 leaves m = 32768 although a is not a power of two. */
export function exponentOf(a: u32, m: u32): i32 {
  const e = bitLength(a) - 16;
  const carried = e > 0 && m == 32768 && a > (<u32>32768) << e;
  return e + <i32>carried;
}

// @ts-ignore: decorator
@inline
export function multiplyHigh(a: u32, b: u32): u32 {
  return (a * b + 32768) >> 16;
}

/** The nearest integer to the square root; doubles are exact enough below 2^52. */
export function roundedSquareRoot(x: u32): u32 {
  const root = <u32>Math.floor(Math.sqrt(<f64>x));
  return x - root * root > root ? root + 1 : root;
}

// @ts-ignore: decorator
@inline
export function multiplyHighVector(a: v128, b: v128): v128 {
  return i32x4.shr_u(i32x4.add(i32x4.mul(a, b), i32x4.splat(32768)), 16);
}

/** rq(x, m, s) for 17 ≤ s ≤ 48. */
// @ts-ignore: decorator
@inline
export function requantizeWide(x: v128, m: v128, s: i32): v128 {
  const high = i32x4.mul(i32x4.shr_s(x, 16), m);
  const low = i32x4.mul(v128.and(x, i32x4.splat(0xffff)), m);
  const t = i32x4.add(high, i32x4.shr_u(low, 16));
  return i32x4.shr_s(i32x4.add(i32x4.shr_s(t, s - 17), i32x4.splat(1)), 1);
}

/** rq(x, m, s) for 1 ≤ s ≤ 16. */
// @ts-ignore: decorator
@inline
export function requantizeNarrow(x: v128, m: v128, s: i32): v128 {
  const high = i32x4.mul(i32x4.shr_s(x, 16), m);
  const low = i32x4.mul(v128.and(x, i32x4.splat(0xffff)), m);
  const rounded = i32x4.shr_u(i32x4.add(low, i32x4.splat(1 << (s - 1))), s);
  return i32x4.add(i32x4.shl(high, 16 - s), rounded);
}

// @ts-ignore: decorator
@inline
export function requantizeVector(x: v128, m: v128, s: i32): v128 {
  return s > 16 ? requantizeWide(x, m, s) : requantizeNarrow(x, m, s);
}

// @ts-ignore: decorator
@inline
export function saturateVector(x: v128, max: i32): v128 {
  return i32x4.max_s(i32x4.min_s(x, i32x4.splat(max)), i32x4.splat(-max));
}

// @ts-ignore: decorator
@inline
export function maxLane(x: v128): i32 {
  const pairs = i32x4.max_s(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.max_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): i32 {
  const pairs = i32x4.add(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
