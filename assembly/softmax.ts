// From the integer dots of one query to its 7-bit weights over the keys (norm, section 6, 3 to 5).
import {
  exponentOf,
  mantissaOf,
  maxLane,
  multiplyHigh,
  sumLanes,
} from './arithmetic';
import { requantizeToI16 } from './quantize';

/** round(2^29 / 127²): undoes the two int8 scales of weights and values. */
const INVERSE_127_SQUARED: u32 = 33286;
/** 1.5·2^52: added to an integral double, its low word is that integer. */
const INTEGER_BITS: f64 = 6755399441055744;
/** 2^23: added to a float below it, the low 23 bits are the nearest integer. */
const FLOAT_INTEGER_BITS: f32 = 8388608;
/** Any exponential is zero from 24 on; 2^-h stays a normal float. */
const HALVINGS_MAX: i32 = 31;

/** floor(dot·m·power + 1/2) of two keys, as an integer in the low word of each lane. */
// @ts-ignore: decorator
@inline
function scoreTwo(dots: v128, key: usize, keyPowers: usize, scale: v128, power: v128): v128 {
  const half = f64x2.splat(0.5);
  const m = f64x2.floor(f64x2.add(f64x2.mul(v128.load(key), scale), half));
  const dot = f64x2.mul(f64x2.convert_low_i32x4_s(dots), power);
  const real = f64x2.mul(f64x2.mul(dot, v128.load(keyPowers)), m);
  return f64x2.add(f64x2.floor(f64x2.add(real, half)), f64x2.splat(INTEGER_BITS));
}

/**
 * Dots to base-2 scores in Q14, in place; doubles hold every product exactly (36 bits), so this is
 * rq with a shift of each key's own.
 *
 * @param scores i32 [keyCount]; the last `keyCount - keys` repeat a key, and become so low that
 *   their weight is zero
 * @param keyCount a multiple of 4
 * @param scale mulhi(mQ, attention.mantissa), `power` 2^(32 + eQ - attention.shift)
 * @param keyMantissas f64 [keyCount]: m·2^-16, `keyPowers` f64: 2^e
 * @returns the greatest score
 */
export function scoreQuery(
  scores: usize,
  keys: i32,
  keyCount: i32,
  scale: f64,
  power: f64,
  keyMantissas: usize,
  keyPowers: usize,
): i32 {
  const scales = f64x2.splat(scale);
  const powers = f64x2.splat(power);
  const end = scores + (<usize>keyCount << 2);
  let most = i32x4.splat(i32.MIN_VALUE);
  for (let at = scores; at < end; at += 16) {
    const dots = v128.load(at);
    const low = scoreTwo(dots, keyMantissas, keyPowers, scales, powers);
    const upper = v128.shuffle<i32>(dots, dots, 2, 3, 2, 3);
    const high = scoreTwo(upper, keyMantissas + 16, keyPowers + 16, scales, powers);
    const four = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
    v128.store(at, four);
    most = i32x4.max_s(most, four);
    keyMantissas += 32;
    keyPowers += 32;
  }
  const top = maxLane(most);
  for (let at = scores + (<usize>keys << 2); at < end; at += 4) store<i32>(at, top - i32.MAX_VALUE);
  return top;
}

/** 4·v + 1 of four keys, where v is the interpolated Q22 value of the fraction of f. */
// @ts-ignore: decorator
@inline
function interpolate(f: v128, table: usize): v128 {
  const at = i32x4.shr_u(v128.and(f, i32x4.splat(0x3fc0)), 3);
  const first = v128.load64_zero(table + i32x4.extract_lane(at, 0));
  const second = v128.load64_zero(table + i32x4.extract_lane(at, 2));
  const left = v128.load64_lane(table + i32x4.extract_lane(at, 1), first, 1);
  const right = v128.load64_lane(table + i32x4.extract_lane(at, 3), second, 1);
  const values = v128.shuffle<i32>(left, right, 0, 2, 4, 6);
  const steps = v128.shuffle<i32>(left, right, 1, 3, 5, 7);
  const rests = v128.and(f, i32x4.splat(63));
  const drop = i32x4.shr_u(i32x4.add(i32x4.mul(steps, rests), i32x4.splat(32)), 4);
  return i32x4.sub(values, v128.and(drop, i32x4.splat(~3)));
}

/**
 * (v + 2^(h-1)) >> h with an h of each lane's own, from x = 4·v + 1. x·2^-(h+2) is exact in floats
 * (x < 2^24; the one v = 2^22 has h = 0) and never halfway between two integers, so that adding
 * 2^23 rounds it to the nearest, and v's halves up.
 */
// @ts-ignore: decorator
@inline
function halve(x: v128, h: v128): v128 {
  const power = i32x4.shl(i32x4.sub(i32x4.splat(125), h), 23);
  const real = f32x4.mul(f32x4.convert_i32x4_s(x), power);
  return v128.and(f32x4.add(real, f32x4.splat(FLOAT_INTEGER_BITS)), i32x4.splat(0x7fffff));
}

/** product >> d for products below 2^31, where powers = 2^(31-d). */
// @ts-ignore: decorator
@inline
function shiftEach(product: v128, powers: v128): v128 {
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(product, powers), 31);
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(product, powers), 31);
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * @param scores i32 [keyCount], overwritten with w
 * @param top the greatest score, `exponent` the greatest exponent of the values
 * @param table u32 [256][2]: 4·EXP2[i] + 1, EXP2[i] - EXP2[i + 1]
 * @param valueMantissas u32 [keyCount]: m >> 1, `valuePowers` u32: 2^(31 - exponent + e)
 * @param probabilities i16 [keyCount], a multiple of 8
 * @param output two words, M and s of the norm's step 6
 */
export function weighKeys(
  scores: usize,
  keyCount: i32,
  top: i32,
  exponent: i32,
  table: usize,
  valueMantissas: usize,
  valuePowers: usize,
  probabilities: usize,
  output: usize,
): void {
  const tops = i32x4.splat(top);
  let sums = i32x4.splat(0);
  let most = i32x4.splat(1);
  for (let j: usize = 0; j < <usize>keyCount << 2; j += 16) {
    const f = i32x4.sub(tops, v128.load(scores + j));
    const halvings = i32x4.min_u(i32x4.shr_u(f, 14), i32x4.splat(HALVINGS_MAX));
    const exponentials = halve(interpolate(f, table), halvings);
    sums = i32x4.add(sums, exponentials);
    const mantissas = v128.load(valueMantissas + j);
    const product = i32x4.mul(i32x4.shr_u(exponentials, 6), mantissas);
    const weights = shiftEach(product, v128.load(valuePowers + j));
    most = i32x4.max_s(most, weights);
    v128.store(scores + j, weights);
  }
  const sum = <u32>sumLanes(sums);
  const mD = mantissaOf(sum);
  const eD = exponentOf(sum, mD);
  const largest = <u32>maxLane(most);
  const mW = mantissaOf(largest);
  const eW = exponentOf(largest, mW);
  const reciprocal = min<u32>(0x80000000 / mD, 65535);
  store<u32>(output, multiplyHigh(multiplyHigh(mW, reciprocal), INVERSE_127_SQUARED));
  store<i32>(output, 21 + eD - eW - exponent, 4);
  requantizeToI16(scores, keyCount, (<u32>127 << 24) / mW, 24 + eW, 0, probabilities);
}
