// The primitives of idlewild-exact/1, written as their formulas (docs/exact-arithmetic.md,
// section 2). Doubles hold every intermediate exactly: each is an integer below 2^53, or such an
// integer divided by a power of two. The other backends do the same in 32 bits.

/** Activations saturate at ±(2^21 - 1): ±512 at 12 fraction bits. */
export const ACTIVATION_MAX = 2 ** 21 - 1;
/** Queries and keys saturate at ±(2^18 - 1): ±64 at 12 fraction bits. */
export const SCORE_INPUT_MAX = 2 ** 18 - 1;

export function saturate(x: number, max = ACTIVATION_MAX): number {
  return Math.max(-max, Math.min(max, x));
}

/** A table, because `**` is slow and this is the innermost call. */
const powersOfTwo = Float64Array.from({ length: 49 }, (_, exponent) => 2 ** exponent);

/** floor((x·m + 2^(s-1)) / 2^s) for i32 x, u16 m and 1 ≤ s ≤ 48. */
export function requantize(x: number, m: number, s: number): number {
  return Math.floor((x * m + powersOfTwo[s - 1]) / powersOfTwo[s]);
}

export function bitLength(x: number): number {
  return 32 - Math.clz32(x);
}

/** The least m · 2^e ≥ a with 2^15 ≤ m < 2^16, for u32 a ≥ 1. */
export function normalize(a: number): { m: number; e: number } {
  const e = bitLength(a) - 16;
  const m = Math.ceil(a / 2 ** e);
  return m === 65536 ? { m: 32768, e: e + 1 } : { m, e };
}

/** round(a · b / 2^16), half up, for u16 a and b. */
export function multiplyHigh(a: number, b: number): number {
  return Math.floor((a * b + 32768) / 65536);
}

/** The nearest integer to the square root of u32 x; at most 65536. */
export function roundedSquareRoot(x: number): number {
  let root = Math.floor(Math.sqrt(x));
  while (root * root > x) root--;
  while ((root + 1) * (root + 1) <= x) root++;
  return x - root * root > root ? root + 1 : root;
}

/** 2^-(f / 2^14) in Q22 by table, for u32 f; zero from 24 halvings on. */
export function exp2(f: number, table: Uint32Array): number {
  const halvings = Math.floor(f / 16384);
  if (halvings >= 24) return 0;
  const index = Math.floor((f % 16384) / 64);
  const rest = f % 64;
  const value = table[index] - Math.floor(((table[index] - table[index + 1]) * rest + 32) / 64);
  return halvings === 0 ? value : Math.floor((value + 2 ** (halvings - 1)) / 2 ** halvings);
}

/** max(x, 0) - |x|·Φ(-|x|), Q12 to Q12. */
export function gelu(x: number, table: Int32Array): number {
  const magnitude = Math.abs(x);
  if (magnitude >= 32768) return Math.max(x, 0);
  const index = Math.floor(magnitude / 64);
  const rest = magnitude % 64;
  const t = table[index] + Math.floor(((table[index + 1] - table[index]) * rest + 32) / 64);
  return Math.max(x, 0) - Math.floor((t + 128) / 256);
}

/** Hyperbolic tangent, Q12 to Q20. */
export function tanh(x: number, table: Int32Array): number {
  const magnitude = Math.abs(x);
  if (magnitude >= 32768) return Math.sign(x) * table[512];
  const index = Math.floor(magnitude / 64);
  const rest = magnitude % 64;
  const t = table[index] + Math.floor(((table[index + 1] - table[index]) * rest + 32) / 64);
  return x < 0 ? -t : t;
}
