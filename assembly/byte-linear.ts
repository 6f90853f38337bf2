// A linear layer over a block of tokens (norm, section 4), operands as bytes. Weights carry +64 and
// shifted activations -128; both offsets are taken off the sums before they are requantized.
import { multiplyBytes, multiplyBytesFused } from './byte-tile';
import { finishSums } from './linear';
import { TILE_ROWS } from './tile';

/**
 * @param q i8 [rows rounded up to 5][outliers + inputs], as quantizeBytes and activateBytes leave it
 * @param terms i32 [rows]: what the weights' offset asks to add to each row's sums
 * @param mantissas u32 [rows], `exponents` i32 [rows]: each row's normalization
 * @param weight u8 [outputs / 8][(outliers + inputs) / 4][8][4]: weight + 64
 * @param base i32 [outputs]: what the activations' offset asks to add to each output's sums
 * @param scale u16 [outputs], `bias` i32 [outputs]
 * @param sums scratch for 40 words
 * @param y i32 [rows][outputs], Q12; with `residual` y = sat(y + linear(q))
 */
export function linearBytes(
  q: usize,
  terms: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  base: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  outliers: i32,
  inputs: i32,
  outputs: i32,
  sums: usize,
  y: usize,
  residual: bool,
  fused: bool,
): void {
  const stride = <usize>(outliers + inputs);
  const high = outliers >> 2;
  const quads = inputs >> 2;
  for (let n = 0; n < outputs; n += 8) {
    const scaleLeft = v128.load16x4_u(scale + (<usize>n << 1));
    const scaleRight = v128.load16x4_u(scale + (<usize>n << 1), 8);
    const biasLeft = v128.load(bias + (<usize>n << 2));
    const biasRight = v128.load(bias + (<usize>n << 2), 16);
    const baseLeft = v128.load(base + (<usize>n << 2));
    const baseRight = v128.load(base + (<usize>n << 2), 16);
    for (let row = 0; row < rows; row += TILE_ROWS) {
      const a = q + <usize>row * stride;
      if (fused) multiplyBytesFused(a, stride, weight, high, quads, sums, 32);
      else multiplyBytes(a, stride, weight, high, quads, sums, 32);
      const end = min(row + TILE_ROWS, rows);
      for (let r = row; r < end; r++) {
        const term = i32x4.splat(load<i32>(terms + (<usize>r << 2)));
        const m = i32x4.splat(load<i32>(mantissas + (<usize>r << 2)));
        const s = shift - 16 - load<i32>(exponents + (<usize>r << 2));
        const from = sums + (<usize>(r - row) << 5);
        const to = y + (<usize>(r * outputs + n) << 2);
        const left = i32x4.add(v128.load(from), i32x4.add(baseLeft, term));
        const right = i32x4.add(v128.load(from, 16), i32x4.add(baseRight, term));
        finishSums(to, left, scaleLeft, m, s, biasLeft, residual);
        finishSums(to + 16, right, scaleRight, m, s, biasRight, residual);
      }
    }
    weight += stride << 3;
  }
}
