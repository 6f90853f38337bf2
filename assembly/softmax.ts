// From the integer dots of one query to its 7-bit weights over the keys (norm, section 6, 3 to 5).
import {
  exponentOf,
  mantissaOf,
  maxLane,
  multiplyHigh,
  multiplyHighVector,
  requantizeNarrow,
  requantizeWide,
  sumLanes,
} from './arithmetic';
import { requantizeToI16 } from './quantize';

/** round(2^29 / 127²): undoes the two int8 scales of weights and values. */
const INVERSE_127_SQUARED: u32 = 33286;
/** 2^23: added to a float below it, the low 23 bits are the nearest integer. */
const FLOAT_INTEGER_BITS: f32 = 8388608;
/** Any exponential is zero from 24 on; 2^-h stays a normal float. */
const HALVINGS_MAX: i32 = 31;

// @ts-ignore: decorator
@inline
function scoreKeys(
  scores: usize,
  end: usize,
  scale: u32,
  s: i32,
  mantissas: usize,
  powers: usize,
  wide: bool,
): i32 {
  const scales = i32x4.splat(scale);
  let most = i32x4.splat(i32.MIN_VALUE);
  for (; scores < end; scores += 16, mantissas += 16, powers += 16) {
    const m = multiplyHighVector(v128.load(mantissas), scales);
    const dots = i32x4.mul(v128.load(scores), v128.load(powers));
    const four = wide ? requantizeWide(dots, m, s) : requantizeNarrow(dots, m, s);
    v128.store(scores, four);
    most = i32x4.max_s(most, four);
  }
  return maxLane(most);
}

/** Those beyond the last key become so low that their weight is zero. */
export function hideBeyond(scores: usize, keys: i32, keyCount: i32, top: i32): void {
  const end = scores + (<usize>keyCount << 2);
  for (let at = scores + (<usize>keys << 2); at < end; at += 4) store<i32>(at, top - i32.MAX_VALUE);
}

/**
 * Dots to base-2 scores in Q14, in place. Keys of a smaller exponent are scaled to the least, since
 * rq(x·2^d, m, s + d) = rq(x, m, s): one shift then serves all keys.
 *
 * @param scores i32 [keyCount], a multiple of 4; those beyond the last key repeat one
 * @param scale mulhi(mQ, attention.mantissa), `s` attention.shift - 32 - eQ - the least exponent
 * @param mantissas u32 [keyCount], `powers` i32: 2^(e - the least), so that dots stay below 2^30
 * @returns the greatest score
 */
export function scoreQuery(
  scores: usize,
  keyCount: i32,
  scale: u32,
  s: i32,
  mantissas: usize,
  powers: usize,
): i32 {
  const end = scores + (<usize>keyCount << 2);
  return s > 16
    ? scoreKeys(scores, end, scale, s, mantissas, powers, true)
    : scoreKeys(scores, end, scale, s, mantissas, powers, false);
}

/** The same with a shift of each key's own, one by one: for exponents that lie far apart. */
export function scoreFarKeys(
  scores: usize,
  keyCount: i32,
  scale: u32,
  shift: i32,
  mantissas: usize,
  exponents: usize,
): i32 {
  let top = i32.MIN_VALUE;
  for (let j: usize = 0; j < <usize>keyCount << 2; j += 4) {
    const s = shift - load<i32>(exponents + j);
    const m = multiplyHigh(scale, load<u32>(mantissas + j));
    const product = <i64>load<i32>(scores + j) * <i64>m;
    const score = <i32>((product + (<i64>1 << (s - 1))) >> s);
    store<i32>(scores + j, score);
    top = max(top, score);
  }
  return top;
}

/**
 * Scores plus their bias, of the real keys alone: one that repeats a key has no distance, and what
 * lies beyond a head's biases is another's, or none's. No sum leaves i32 (norm, section 7).
 *
 * @param scores i32 [keys]
 * @param bias i32 [keys], of any alignment
 * @returns the greatest sum
 */
export function addBias(scores: usize, keys: i32, bias: usize): i32 {
  const fours = scores + (<usize>(keys & ~3) << 2);
  let most = i32x4.splat(i32.MIN_VALUE);
  for (; scores < fours; scores += 16, bias += 16) {
    const four = i32x4.add(v128.load(scores), v128.load(bias));
    v128.store(scores, four);
    most = i32x4.max_s(most, four);
  }
  let top = maxLane(most);
  for (const end = scores + (<usize>(keys & 3) << 2); scores < end; scores += 4, bias += 4) {
    const score = load<i32>(scores) + load<i32>(bias);
    store<i32>(scores, score);
    top = max(top, score);
  }
  return top;
}

/** 4·v + 1 of four keys, where v is the Q22 value of the fraction of f. */
// @ts-ignore: decorator
@inline
function lookUp(f: v128, table: usize): v128 {
  const at = i32x4.shl(v128.and(f, i32x4.splat(0x3fff)), 2);
  let v = v128.load32_zero(table + i32x4.extract_lane(at, 0));
  v = v128.load32_lane(table + i32x4.extract_lane(at, 1), v, 1);
  v = v128.load32_lane(table + i32x4.extract_lane(at, 2), v, 2);
  return v128.load32_lane(table + i32x4.extract_lane(at, 3), v, 3);
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

/** product >> d for products below 2^31 and d ≤ 16, where powers = 2^(16-d). */
// @ts-ignore: decorator
@inline
function shiftNear(product: v128, powers: v128): v128 {
  const high = i32x4.mul(i32x4.shr_u(product, 16), powers);
  const low = i32x4.mul(v128.and(product, i32x4.splat(0xffff)), powers);
  return i32x4.add(high, i32x4.shr_u(low, 16));
}

/** product >> d for products below 2^31, where powers = 2^(31-d). */
// @ts-ignore: decorator
@inline
function shiftFar(product: v128, powers: v128): v128 {
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(product, powers), 31);
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(product, powers), 31);
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/** The sum of the exponentials, and the greatest weight behind it. */
let sum: u32 = 0;
let largest: u32 = 0;

// @ts-ignore: decorator
@inline
function exponentiate(
  scores: usize,
  end: usize,
  top: i32,
  table: usize,
  mantissas: usize,
  powers: usize,
  near: bool,
): void {
  const tops = i32x4.splat(top);
  let sums = i32x4.splat(0);
  let most = i32x4.splat(1);
  for (; scores < end; scores += 16, mantissas += 16, powers += 16) {
    // Up to 3.2e9 for the largest heads: a u32, and shifted as one.
    const f = i32x4.sub(tops, v128.load(scores));
    const halvings = i32x4.min_u(i32x4.shr_u(f, 14), i32x4.splat(HALVINGS_MAX));
    const exponentials = halve(lookUp(f, table), halvings);
    sums = i32x4.add(sums, exponentials);
    const product = i32x4.mul(i32x4.shr_u(exponentials, 6), v128.load(mantissas));
    const shifts = v128.load(powers);
    const weights = near ? shiftNear(product, shifts) : shiftFar(product, shifts);
    most = i32x4.max_s(most, weights);
    v128.store(scores, weights);
  }
  sum = <u32>sumLanes(sums);
  largest = <u32>maxLane(most);
}

/**
 * @param scores i32 [keyCount], overwritten with w
 * @param top the greatest score, `exponent` the greatest exponent of the values
 * @param table u32 [16384]: 4·v + 1 of exp2 for every fraction in Q14
 * @param valueMantissas u32 [keyCount]: m >> 1, `valuePowers` u32: as scaleValues leaves them
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
  near: bool,
  probabilities: usize,
  output: usize,
): void {
  const end = scores + (<usize>keyCount << 2);
  if (near) exponentiate(scores, end, top, table, valueMantissas, valuePowers, true);
  else exponentiate(scores, end, top, table, valueMantissas, valuePowers, false);
  const mD = mantissaOf(sum);
  const eD = exponentOf(sum, mD);
  const mW = mantissaOf(largest);
  const eW = exponentOf(largest, mW);
  const reciprocal = min<u32>(0x80000000 / mD, 65535);
  store<u32>(output, multiplyHigh(multiplyHigh(mW, reciprocal), INVERSE_127_SQUARED));
  store<i32>(output, 21 + eD - eW - exponent, 4);
  requantizeToI16(scores, keyCount, (<u32>127 << 24) / mW, 24 + eW, 0, probabilities);
}
