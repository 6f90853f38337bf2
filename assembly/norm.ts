// Layer norm of rows in place (norm, section 5).
import {
  ACTIVATION_MAX,
  bitLength,
  maxLane,
  requantizeVector,
  roundedSquareRoot,
  saturateVector,
  sumLanes,
} from './arithmetic';

/** x -= mean, rounded; returns the greatest magnitude left. */
function center(x: usize, columns: i32): i32 {
  const end = x + (<usize>columns << 2);
  let total = i32x4.splat(0);
  for (let at = x; at < end; at += 16) total = i32x4.add(total, v128.load(at));
  const sum = sumLanes(total) + (columns >> 1);
  const quotient = sum / columns;
  const mean = i32x4.splat(quotient - <i32>(sum < quotient * columns));
  let most = i32x4.splat(0);
  for (let at = x; at < end; at += 16) {
    const d = i32x4.sub(v128.load(at), mean);
    v128.store(at, d);
    most = i32x4.max_s(most, i32x4.abs(d));
  }
  return maxLane(most);
}

/** Σ min(65535, (|d|·2^up + half) >> down)², in two words per lane. */
function sumSquares(d: usize, columns: i32, up: i32, down: i32): u64 {
  const half = i32x4.splat(down > 0 ? 1 << (down - 1) : 0);
  const end = d + (<usize>columns << 2);
  let low = i32x4.splat(0);
  let high = i32x4.splat(0);
  for (; d < end; d += 16) {
    const scaled = i32x4.add(i32x4.shl(i32x4.abs(v128.load(d)), up), half);
    const a = i32x4.min_s(i32x4.shr_u(scaled, down), i32x4.splat(65535));
    const square = i32x4.mul(a, a);
    low = i32x4.add(low, v128.and(square, i32x4.splat(0xffff)));
    high = i32x4.add(high, i32x4.shr_u(square, 16));
  }
  return (<u64>sumLanes(high) << 16) + <u64>sumLanes(low);
}

/**
 * @param x i32 [rows][columns] of any fraction bits, overwritten in Q12; `columns` a multiple of 4
 * @param gamma i32 [columns], `beta` i32 [columns]
 */
export function normalizeRows(
  x: usize,
  rows: i32,
  columns: i32,
  gamma: usize,
  beta: usize,
  shift: i32,
): void {
  const rowBytes = <usize>columns << 2;
  for (let row = 0; row < rows; row++, x += rowBytes) {
    const most = center(x, columns);
    // With most = 0 every d is 0, and any scale gives sat(beta).
    const left = 16 - bitLength(max(most, 1));
    const up = max(left, 0);
    const down = max(-left, 0);
    const squares = max<u64>(sumSquares(x, columns, up, down), 1);
    const k = max(33 - <i32>clz(squares), 0) >> 1;
    const root = roundedSquareRoot(<u32>(squares >> (2 * k)));
    const reciprocal = i32x4.splat(min<u32>(0x80000000 / root, 65535));
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const d = i32x4.shl(v128.load(x + at), up);
      const u = requantizeVector(d, reciprocal, 7 + k + down);
      const factor = v128.load(gamma + at);
      const sign = i32x4.shr_s(factor, 31);
      const signed = i32x4.sub(v128.xor(u, sign), sign);
      const scaled = requantizeVector(signed, i32x4.abs(factor), shift);
      const y = i32x4.add(scaled, v128.load(beta + at));
      v128.store(x + at, saturateVector(y, ACTIVATION_MAX));
    }
  }
}
