// From the sums of a linear layer to its outputs (norm, section 4): eight columns of one row.
import { ACTIVATION_MAX, multiplyHighVector, requantizeNarrow, saturateVector } from './arithmetic';

/**
 * y = sat(rq(S, mulhi(m, scale), s) + bias) for s ≥ 17. |S| < 2^28 (norm, section 7), so t below is
 * smaller than that, and t + 2^(s-17) ≤ 2^28 + 2^30: rq's two roundings are one.
 */
// @ts-ignore: decorator
@inline
function finishWide(sums: v128, scale: v128, m: v128, s: i32, bias: v128): v128 {
  const factor = multiplyHighVector(scale, m);
  const high = i32x4.mul(i32x4.shr_s(sums, 16), factor);
  const low = i32x4.mul(v128.and(sums, i32x4.splat(0xffff)), factor);
  const t = i32x4.add(high, i32x4.shr_u(low, 16));
  const rounded = i32x4.shr_s(i32x4.add(t, i32x4.splat(1 << (s - 17))), s - 16);
  return saturateVector(i32x4.add(rounded, bias), ACTIVATION_MAX);
}

// @ts-ignore: decorator
@inline
function finishNarrow(sums: v128, scale: v128, m: v128, s: i32, bias: v128): v128 {
  const rounded = requantizeNarrow(sums, multiplyHighVector(scale, m), s);
  return saturateVector(i32x4.add(rounded, bias), ACTIVATION_MAX);
}

/** Four finished outputs to y, or added to what it holds. */
// @ts-ignore: decorator
@inline
export function finishSums(
  y: usize,
  sums: v128,
  scale: v128,
  m: v128,
  s: i32,
  bias: v128,
  residual: bool,
  wide: bool,
): void {
  let value = wide ? finishWide(sums, scale, m, s, bias) : finishNarrow(sums, scale, m, s, bias);
  if (residual) value = saturateVector(i32x4.add(value, v128.load(y)), ACTIVATION_MAX);
  v128.store(y, value);
}
