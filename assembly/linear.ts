// A linear layer over a block of tokens (norm, section 4). Activations are whole in i16, outliers
// (±16256) and shifted ones (0..255) included, so no plane and no correction is needed here. Rows
// and outputs come in halves: rows `half` apart and columns outputs / 2 apart share seven products.
import { finishSums } from './finish';
import { combineWeights, halfOf, multiplyQuarters, sumQuarters } from './strassen';

// @ts-ignore: decorator
@inline
function at(products: usize, product: usize, index: usize): v128 {
  return v128.load(products + index * product);
}

/** Four sums from the seven products: of an upper or a lower row, in the left or the right half. */
// @ts-ignore: decorator
@inline
function assemble(p: usize, product: usize, lower: bool, right: bool): v128 {
  if (lower == right) {
    const one = i32x4.add(at(p, product, 0), at(p, product, lower ? 2 : 3));
    const two = i32x4.sub(at(p, product, lower ? 5 : 6), at(p, product, lower ? 1 : 4));
    return i32x4.add(one, two);
  }
  return lower
    ? i32x4.add(at(p, product, 1), at(p, product, 3))
    : i32x4.add(at(p, product, 2), at(p, product, 4));
}

/** Eight columns of each half of the outputs, of `count` upper or lower rows. */
// @ts-ignore: decorator
@inline
function finishRows(
  products: usize,
  product: usize,
  count: i32,
  mantissas: usize,
  exponents: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  outputs: i32,
  y: usize,
  lower: bool,
  residual: bool,
): void {
  const beside = <usize>outputs << 1;
  const scale0 = v128.load16x4_u(scale);
  const scale1 = v128.load16x4_u(scale, 8);
  const scale2 = v128.load16x4_u(scale + <usize>outputs);
  const scale3 = v128.load16x4_u(scale + <usize>outputs, 8);
  const bias0 = v128.load(bias);
  const bias1 = v128.load(bias, 16);
  const bias2 = v128.load(bias + beside);
  const bias3 = v128.load(bias + beside, 16);
  for (let row = 0; row < count; row++) {
    const m = v128.load32_splat(mantissas + (<usize>row << 2));
    const s = shift - 16 - load<i32>(exponents + (<usize>row << 2));
    const sums0 = assemble(products, product, lower, false);
    const sums1 = assemble(products + 16, product, lower, false);
    const sums2 = assemble(products, product, lower, true);
    const sums3 = assemble(products + 16, product, lower, true);
    if (s > 16) {
      finishSums(y, sums0, scale0, m, s, bias0, residual, true);
      finishSums(y + 16, sums1, scale1, m, s, bias1, residual, true);
      finishSums(y + beside, sums2, scale2, m, s, bias2, residual, true);
      finishSums(y + beside + 16, sums3, scale3, m, s, bias3, residual, true);
    } else {
      finishSums(y, sums0, scale0, m, s, bias0, residual, false);
      finishSums(y + 16, sums1, scale1, m, s, bias1, residual, false);
      finishSums(y + beside, sums2, scale2, m, s, bias2, residual, false);
      finishSums(y + beside + 16, sums3, scale3, m, s, bias3, residual, false);
    }
    products += 32;
    y += <usize>outputs << 2;
  }
}

// @ts-ignore: decorator
@inline
function run(
  q: usize,
  quarters: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  panels: usize,
  products: usize,
  y: usize,
  residual: bool,
): void {
  const half = halfOf(rows);
  const product = <usize>half << 5;
  const upper = min(rows, half);
  const words = <usize>half << 2;
  const below = words * <usize>outputs;
  sumQuarters(q, rows, inputs, quarters);
  for (let n = 0; n < outputs >> 1; n += 8) {
    combineWeights(weight, inputs, panels);
    multiplyQuarters(q, quarters, half, panels, inputs, products);
    const sc = scale + (<usize>n << 1);
    const b = bias + (<usize>n << 2);
    const to = y + (<usize>n << 2);
    finishRows(
      products, product, upper, mantissas, exponents, sc, b, shift, outputs, to, false, residual,
    );
    finishRows(
      products, product, rows - half, mantissas + words, exponents + words, sc, b, shift, outputs,
      to + below, true, residual,
    );
    weight += <usize>(16 * inputs);
  }
}

/**
 * @param q i16 [rows rounded up to 10][inputs]
 * @param quarters scratch for 5/4 of q
 * @param mantissas u32 [rows], `exponents` i32 [rows]: each row's normalization
 * @param weight i8 [outputs / 16][inputs / 4][4][8][2], `scale` u16, `bias` i32 [outputs]
 * @param inputs a multiple of 16, `outputs` too
 * @param panels scratch for i16 [7][inputs / 4][8][2]
 * @param products scratch for [7][rows rounded up to 10, halved][8] words
 * @param y i32 [rows][outputs], Q12
 */
export function linear(
  q: usize,
  quarters: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  panels: usize,
  products: usize,
  y: usize,
): void {
  run(
    q, quarters, mantissas, exponents, rows, weight, scale, bias, shift, inputs, outputs, panels,
    products, y, false,
  );
}

/** As `linear`, and adds the layer's own output to what `y` holds: y = sat(y + linear(q)). */
export function linearResidual(
  q: usize,
  quarters: usize,
  mantissas: usize,
  exponents: usize,
  rows: i32,
  weight: usize,
  scale: usize,
  bias: usize,
  shift: i32,
  inputs: i32,
  outputs: i32,
  panels: usize,
  products: usize,
  y: usize,
): void {
  run(
    q, quarters, mantissas, exponents, rows, weight, scale, bias, shift, inputs, outputs, panels,
    products, y, true,
  );
}
