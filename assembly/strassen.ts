// The multiplications of a linear layer by Strassen's seven products instead of eight (Gaussian
// elimination is not optimal, 1969): both operands are cut in halves both ways, and the sums of i16
// quarters stay i16. Integers make it exact: the sums are the same numbers, by fewer products.
import { multiplyTile, TILE_ROWS } from './tile';

// @ts-ignore: decorator
@inline
function combine(a: usize, b: usize, to: usize, bytes: usize, minus: bool): void {
  for (let k: usize = 0; k < bytes; k += 16) {
    const x = v128.load(a + k);
    const y = v128.load(b + k);
    v128.store(to + k, minus ? i16x8.sub(x, y) : i16x8.add(x, y));
  }
}

/** Rows of each half of a block: the tiles are whole. */
// @ts-ignore: decorator
@inline
export function halfOf(rows: i32): i32 {
  return ((rows + 2 * TILE_ROWS - 1) / (2 * TILE_ROWS)) * TILE_ROWS;
}

/**
 * The five sums of quarters that enter a product, [5][half][inputs / 2] i16: 11 + 22, 21 + 22,
 * 11 + 12, 21 - 11, 12 - 22.
 *
 * @param q i16 [2 · half][inputs], ±16256: zeroed here from `rows` on
 */
export function sumQuarters(q: usize, rows: i32, inputs: i32, quarters: usize): void {
  const half = <usize>halfOf(rows);
  const bytes = <usize>inputs;
  const stride = bytes << 1;
  const matrix = half * bytes;
  memory.fill(q + <usize>rows * stride, 0, (2 * half - <usize>rows) * stride);
  const below = half * stride;
  for (let row: usize = 0; row < half; row++, q += stride, quarters += bytes) {
    const q12 = q + bytes;
    const q21 = q + below;
    const q22 = q21 + bytes;
    combine(q, q22, quarters, bytes, false);
    combine(q21, q22, quarters + matrix, bytes, false);
    combine(q, q12, quarters + 2 * matrix, bytes, false);
    combine(q21, q, quarters + 3 * matrix, bytes, true);
    combine(q12, q22, quarters + 4 * matrix, bytes, true);
  }
}

// @ts-ignore: decorator
@inline
function multiplyRows(
  a: usize,
  stride: usize,
  half: i32,
  panel: usize,
  pairs: i32,
  to: usize,
): void {
  for (let row = 0; row < half; row += TILE_ROWS) {
    multiplyTile(a, stride, panel, pairs, to, 32);
    a += <usize>TILE_ROWS * stride;
    to += <usize>TILE_ROWS << 5;
  }
}

/**
 * The seven products of eight columns of each half of the outputs, [7][half][8] i32. Modulo 2^32
 * they may wrap: what is assembled from them is the true sum, and that fits.
 *
 * @param panels as combineWeights leaves them
 */
export function multiplyQuarters(
  q: usize,
  quarters: usize,
  half: i32,
  panels: usize,
  inputs: i32,
  products: usize,
): void {
  const bytes = <usize>inputs;
  const stride = bytes << 1;
  const matrix = <usize>half * bytes;
  const pairs = inputs >> 2;
  const panel = bytes << 3;
  const product = <usize>half << 5;
  const q22 = q + <usize>half * stride + bytes;
  const to = products;
  multiplyRows(quarters, bytes, half, panels, pairs, to);
  multiplyRows(quarters + matrix, bytes, half, panels + panel, pairs, to + product);
  multiplyRows(q, stride, half, panels + 2 * panel, pairs, to + 2 * product);
  multiplyRows(q22, stride, half, panels + 3 * panel, pairs, to + 3 * product);
  for (let i: usize = 2; i < 5; i++) {
    const sums = quarters + i * matrix;
    const at = i + 2;
    multiplyRows(sums, bytes, half, panels + at * panel, pairs, to + at * product);
  }
}

// @ts-ignore: decorator
@inline
function storePair(to: usize, panel: usize, p11: v128, p12: v128, p21: v128, p22: v128): void {
  v128.store(to, i16x8.add(p11, p22));
  v128.store(to + panel, p11);
  v128.store(to + 2 * panel, i16x8.sub(p12, p22));
  v128.store(to + 3 * panel, i16x8.sub(p21, p11));
  v128.store(to + 4 * panel, p22);
  v128.store(to + 5 * panel, i16x8.add(p11, p12));
  v128.store(to + 6 * panel, i16x8.add(p21, p22));
}

/**
 * What the seven products take of the weights' four quarters, for eight columns of each half of the
 * outputs. Made anew for each block of rows: a byte a weight is read from memory instead of three
 * and a half, which in whole MiniLM takes 0.97 of the CPU time with full blocks and 0.77 with 16
 * tokens (the same with hidden sizes of 1024).
 *
 * @param weight i8 [inputs / 4][4][8][2]: the quarters 11, 12, 21, 22, side by side
 * @param panels i16 [7][inputs / 4][8][2]
 */
export function combineWeights(weight: usize, inputs: i32, panels: usize): void {
  const panel = <usize>inputs << 3;
  for (const end = panels + panel; panels < end; panels += 32, weight += 64) {
    const w11 = v128.load(weight);
    const w12 = v128.load(weight, 16);
    const w21 = v128.load(weight, 32);
    const w22 = v128.load(weight, 48);
    storePair(
      panels, panel, i16x8.extend_low_i8x16_s(w11), i16x8.extend_low_i8x16_s(w12),
      i16x8.extend_low_i8x16_s(w21), i16x8.extend_low_i8x16_s(w22),
    );
    storePair(
      panels + 16, panel, i16x8.extend_high_i8x16_s(w11), i16x8.extend_high_i8x16_s(w12),
      i16x8.extend_high_i8x16_s(w21), i16x8.extend_high_i8x16_s(w22),
    );
  }
}
