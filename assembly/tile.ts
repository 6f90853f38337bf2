// The one multiply loop: five rows of i16 activations times a panel of eight packed columns.

/** Rows of a tile. Kernels read this many, and their callers round row buffers up to it. */
export const TILE_ROWS: i32 = 5;

/**
 * sums[r][n] = Σ_k a[r][k]·panel[n][k] for 5 rows and 8 columns. Ten accumulators and no unrolling
 * are what V8 keeps in registers: 124 GOPS on one core in Node 20, 130 in Chromium 156, where four
 * rows give 112 and 130, four rows unrolled four times 100 and 130, and six rows 85.
 *
 * @param a i16 rows, `stride` bytes apart
 * @param panel i16 [pairs][8][2]: two inputs of each of eight columns after another
 * @param pairs inputs / 2
 * @param sums i32 rows of at least 8, `sumsStride` bytes apart
 */
export function multiplyTile(
  a: usize,
  stride: usize,
  panel: usize,
  pairs: i32,
  sums: usize,
  sumsStride: usize,
): void {
  let a1 = a + stride;
  let a2 = a1 + stride;
  let a3 = a2 + stride;
  let a4 = a3 + stride;
  let left0 = i32x4.splat(0);
  let right0 = i32x4.splat(0);
  let left1 = i32x4.splat(0);
  let right1 = i32x4.splat(0);
  let left2 = i32x4.splat(0);
  let right2 = i32x4.splat(0);
  let left3 = i32x4.splat(0);
  let right3 = i32x4.splat(0);
  let left4 = i32x4.splat(0);
  let right4 = i32x4.splat(0);
  for (const end = panel + (<usize>pairs << 5); panel < end; panel += 32) {
    const left = v128.load(panel);
    const right = v128.load(panel, 16);
    let pair = v128.load32_splat(a);
    left0 = i32x4.add(left0, i32x4.dot_i16x8_s(pair, left));
    right0 = i32x4.add(right0, i32x4.dot_i16x8_s(pair, right));
    pair = v128.load32_splat(a1);
    left1 = i32x4.add(left1, i32x4.dot_i16x8_s(pair, left));
    right1 = i32x4.add(right1, i32x4.dot_i16x8_s(pair, right));
    pair = v128.load32_splat(a2);
    left2 = i32x4.add(left2, i32x4.dot_i16x8_s(pair, left));
    right2 = i32x4.add(right2, i32x4.dot_i16x8_s(pair, right));
    pair = v128.load32_splat(a3);
    left3 = i32x4.add(left3, i32x4.dot_i16x8_s(pair, left));
    right3 = i32x4.add(right3, i32x4.dot_i16x8_s(pair, right));
    pair = v128.load32_splat(a4);
    left4 = i32x4.add(left4, i32x4.dot_i16x8_s(pair, left));
    right4 = i32x4.add(right4, i32x4.dot_i16x8_s(pair, right));
    a += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
  }
  v128.store(sums, left0);
  v128.store(sums, right0, 16);
  sums += sumsStride;
  v128.store(sums, left1);
  v128.store(sums, right1, 16);
  sums += sumsStride;
  v128.store(sums, left2);
  v128.store(sums, right2, 16);
  sums += sumsStride;
  v128.store(sums, left3);
  v128.store(sums, right3, 16);
  sums += sumsStride;
  v128.store(sums, left4);
  v128.store(sums, right4, 16);
}
