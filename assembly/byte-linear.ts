// A linear layer over a block of tokens (norm, section 4), operands as bytes. Weights carry +64 and
// shifted activations -128; both offsets are taken off the sums before they are requantized.
import { multiplyBytes, multiplyBytesFused } from './byte-tile';
import { finishSums } from './finish';
import { TILE_ROWS } from './tile';

/** Eight outputs of each row, from sums [rows][8]. */
// @ts-ignore: decorator
@inline
function finishRows(
  sums: usize,
  terms: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  base: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  outputs: i32,
  y: usize,
  residual: bool,
): void {
  const scale0 = v128.load16x4_u(scale);
  const scale1 = v128.load16x4_u(scale, 8);
  const bias0 = v128.load(bias);
  const bias1 = v128.load(bias, 16);
  const base0 = v128.load(base);
  const base1 = v128.load(base, 16);
  for (let row = 0; row < rows; row++) {
    const word = <usize>row << 2;
    const term = v128.load32_splat(terms + word);
    const m = v128.load32_splat(mantissas + word);
    const s = shift - 16 - load<i32>(exponents + word);
    const sums0 = i32x4.add(v128.load(sums), i32x4.add(base0, term));
    const sums1 = i32x4.add(v128.load(sums, 16), i32x4.add(base1, term));
    if (s > 16) {
      finishSums(y, sums0, scale0, m, s, bias0, residual, true);
      finishSums(y + 16, sums1, scale1, m, s, bias1, residual, true);
    } else {
      finishSums(y, sums0, scale0, m, s, bias0, residual, false);
      finishSums(y + 16, sums1, scale1, m, s, bias1, residual, false);
    }
    sums += 32;
    y += <usize>outputs << 2;
  }
}

/**
 * @param q i8 [rows rounded up to 5][outliers + inputs], as quantizeBytes and activateBytes leave it
 * @param terms i32 [rows]: what the weights' offset asks to add to each row's sums
 * @param mantissas u32 [rows], `exponents` i32 [rows]: each row's normalization
 * @param weight u8 [outputs / 8][(outliers + inputs) / 4][8][4]: weight + 64
 * @param base i32 [outputs]: what the activations' offset asks to add to each output's sums
 * @param scale u16 [outputs], `bias` i32 [outputs]
 * @param sums scratch for 8 words a row, rows rounded up to 5
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
    for (let row = 0; row < rows; row += TILE_ROWS) {
      const a = q + <usize>row * stride;
      const to = sums + (<usize>row << 5);
      if (fused) multiplyBytesFused(a, stride, weight, high, quads, to, 32);
      else multiplyBytes(a, stride, weight, high, quads, to, 32);
    }
    const word = <usize>n << 2;
    const sc = scale + (word >> 1);
    if (residual) {
      finishRows(
        sums, terms, mantissas, exponents, rows, base + word, sc, bias + word, shift, outputs,
        y + word, true,
      );
    } else {
      finishRows(
        sums, terms, mantissas, exponents, rows, base + word, sc, bias + word, shift, outputs,
        y + word, false,
      );
    }
    weight += stride << 3;
  }
}
