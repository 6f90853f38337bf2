// A linear layer over a block of tokens (norm, section 4). Activations are whole in i16, outliers
// (±16256) and shifted ones (0..255) included, so no plane and no correction is needed here.
import {
  ACTIVATION_MAX,
  multiplyHighVector,
  requantizeVector,
  saturateVector,
} from './arithmetic';
import { multiplyTile, TILE_ROWS } from './tile';

/** y = sat(rq(S, mulhi(m, scale), shift - e) + bias), four outputs of one row. */
// @ts-ignore: decorator
@inline
function finish(sums: v128, scale: v128, m: v128, s: i32, bias: v128): v128 {
  const y = requantizeVector(sums, multiplyHighVector(scale, m), s);
  return saturateVector(i32x4.add(y, bias), ACTIVATION_MAX);
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
): void {
  let value = finish(sums, scale, m, s, bias);
  if (residual) value = saturateVector(i32x4.add(value, v128.load(y)), ACTIVATION_MAX);
  v128.store(y, value);
}

// @ts-ignore: decorator
@inline
function run(
  q: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  sums: usize,
  y: usize,
  residual: bool,
): void {
  const stride = <usize>inputs << 1;
  const panelBytes = <usize>inputs << 4;
  for (let n = 0; n < outputs; n += 8) {
    const scaleLeft = v128.load16x4_u(scale + (<usize>n << 1));
    const scaleRight = v128.load16x4_u(scale + (<usize>n << 1), 8);
    const biasLeft = v128.load(bias + (<usize>n << 2));
    const biasRight = v128.load(bias + (<usize>n << 2), 16);
    for (let row = 0; row < rows; row += TILE_ROWS) {
      multiplyTile(q + <usize>row * stride, stride, weight, inputs >> 1, sums, 32);
      const end = min(row + TILE_ROWS, rows);
      for (let r = row; r < end; r++) {
        const m = i32x4.splat(load<i32>(mantissas + (<usize>r << 2)));
        const s = shift - 16 - load<i32>(exponents + (<usize>r << 2));
        const from = sums + (<usize>(r - row) << 5);
        const to = y + (<usize>(r * outputs + n) << 2);
        finishSums(to, v128.load(from), scaleLeft, m, s, biasLeft, residual);
        finishSums(to + 16, v128.load(from, 16), scaleRight, m, s, biasRight, residual);
      }
    }
    weight += panelBytes;
  }
}

/**
 * @param q i16 [rows rounded up to 5][inputs]
 * @param mantissas u32 [rows], `exponents` i32 [rows]: each row's normalization
 * @param weight i16 [outputs / 8][inputs / 2][8][2], `scale` u16, `bias` i32 [outputs]
 * @param inputs a multiple of 8, `outputs` too
 * @param sums scratch for 40 words
 * @param y i32 [rows][outputs], Q12
 */
export function linear(
  q: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  sums: usize,
  y: usize,
): void {
  run(q, mantissas, exponents, rows, weight, scale, bias, shift, inputs, outputs, sums, y, false);
}

/** As `linear`, and adds the layer's own output to what `y` holds: y = sat(y + linear(q)). */
export function linearResidual(
  q: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  sums: usize,
  y: usize,
): void {
  run(q, mantissas, exponents, rows, weight, scale, bias, shift, inputs, outputs, sums, y, true);
}
