// The multiply loops over bytes: five rows of int8 activations times a panel of eight columns of
// weights in 1..127. With those second operands the relaxed dot has one defined result: its top bit
// is never set, and no pair of products (at most 2·128·127) leaves i16.

/** c + a·b by the i16 dot: right in every engine that has it. */
// @ts-ignore: decorator
@inline
function dotPairs(a: v128, b: v128, c: v128, ones: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(v128.relaxed_dot<i16>(a, b), ones));
}

/** c + a·b by the dot that adds: one instruction where the CPU has VNNI. */
// @ts-ignore: decorator
@inline
function dotFused(a: v128, b: v128, c: v128, _ones: v128): v128 {
  return v128.relaxed_dot_add<i32>(a, b, c);
}

// @ts-ignore: decorator
@inline
function run(
  a: usize,
  stride: usize,
  panel: usize,
  highQuads: i32,
  quads: i32,
  sums: usize,
  sumsStride: usize,
  fused: bool,
): void {
  const ones = i16x8.splat(1);
  const last = panel + (<usize>(highQuads + quads) << 5);
  let end = panel + (<usize>highQuads << 5);
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
  while (true) {
    for (; panel < end; panel += 32) {
      const left = v128.load(panel);
      const right = v128.load(panel, 16);
      let quad = v128.load32_splat(a);
      left0 = fused ? dotFused(quad, left, left0, ones) : dotPairs(quad, left, left0, ones);
      right0 = fused ? dotFused(quad, right, right0, ones) : dotPairs(quad, right, right0, ones);
      quad = v128.load32_splat(a1);
      left1 = fused ? dotFused(quad, left, left1, ones) : dotPairs(quad, left, left1, ones);
      right1 = fused ? dotFused(quad, right, right1, ones) : dotPairs(quad, right, right1, ones);
      quad = v128.load32_splat(a2);
      left2 = fused ? dotFused(quad, left, left2, ones) : dotPairs(quad, left, left2, ones);
      right2 = fused ? dotFused(quad, right, right2, ones) : dotPairs(quad, right, right2, ones);
      quad = v128.load32_splat(a3);
      left3 = fused ? dotFused(quad, left, left3, ones) : dotPairs(quad, left, left3, ones);
      right3 = fused ? dotFused(quad, right, right3, ones) : dotPairs(quad, right, right3, ones);
      quad = v128.load32_splat(a4);
      left4 = fused ? dotFused(quad, left, left4, ones) : dotPairs(quad, left, left4, ones);
      right4 = fused ? dotFused(quad, right, right4, ones) : dotPairs(quad, right, right4, ones);
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
    }
    if (end == last) break;
    // What was summed so far is the outliers' high plane.
    end = last;
    left0 = i32x4.shl(left0, 7);
    right0 = i32x4.shl(right0, 7);
    left1 = i32x4.shl(left1, 7);
    right1 = i32x4.shl(right1, 7);
    left2 = i32x4.shl(left2, 7);
    right2 = i32x4.shl(right2, 7);
    left3 = i32x4.shl(left3, 7);
    right3 = i32x4.shl(right3, 7);
    left4 = i32x4.shl(left4, 7);
    right4 = i32x4.shl(right4, 7);
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

/**
 * sums[r][n] = 128·Σ_high a[r][k]·panel[n][k] + Σ_rest a[r][k]·panel[n][k], 5 rows and 8 columns.
 *
 * @param a i8 rows, `stride` bytes apart: the high plane of outliers, then every column
 * @param panel u8 [highQuads + quads][8][4], 1..127
 * @param highQuads outliers / 4, `quads` inputs / 4, at least 1
 * @param sums i32 rows of at least 8, `sumsStride` bytes apart
 */
export function multiplyBytes(
  a: usize,
  stride: usize,
  panel: usize,
  highQuads: i32,
  quads: i32,
  sums: usize,
  sumsStride: usize,
): void {
  run(a, stride, panel, highQuads, quads, sums, sumsStride, false);
}

/** The same by the dot that adds. */
export function multiplyBytesFused(
  a: usize,
  stride: usize,
  panel: usize,
  highQuads: i32,
  quads: i32,
  sums: usize,
  sumsStride: usize,
): void {
  run(a, stride, panel, highQuads, quads, sums, sumsStride, true);
}
