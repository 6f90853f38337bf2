// The primitives of idlewild-exact/1 (docs/exact-arithmetic.md, section 2), put in front of every
// kernel by src/engine/kernels.ts. What may wrap is computed in u32; nothing here is a float.

/// Tokens (or rows, in pool) of this dispatch: [start, end).
struct Range {
  start: u32,
  end: u32,
}

/// A value of about q · m · 2^e, over 127 or 255; m has 16 bits.
struct Scale {
  m: u32,
  e: i32,
}

const activation_max = 2097151;
const score_input_max = 262143;

fn saturate_to(x: i32, most: i32) -> i32 {
  return clamp(x, -most, most);
}

/// floor((x·m + 2^(s-1)) / 2^s) for 1 ≤ s ≤ 48.
fn rq(x: i32, m: u32, s: u32) -> i32 {
  let high = bitcast<u32>(x >> 16u) * m;
  let low = (bitcast<u32>(x) & 65535u) * m;
  if (s >= 17u) {
    let t = bitcast<i32>(high + (low >> 16u));
    return ((t >> (s - 17u)) + 1) >> 1u;
  }
  return bitcast<i32>((high << (16u - s)) + ((low + (1u << (s - 1u))) >> s));
}

/// rq of four values with one multiplier and one shift.
fn rq4(x: vec4<i32>, m: u32, s: u32) -> vec4<i32> {
  let high = bitcast<vec4<u32>>(x >> vec4(16u)) * m;
  let low = (bitcast<vec4<u32>>(x) & vec4(65535u)) * m;
  if (s >= 17u) {
    let t = bitcast<vec4<i32>>(high + (low >> vec4(16u)));
    return ((t >> vec4(s - 17u)) + vec4(1)) >> vec4(1u);
  }
  return bitcast<vec4<i32>>((high << vec4(16u - s)) + ((low + vec4(1u << (s - 1u))) >> vec4(s)));
}

fn bit_length(x: u32) -> i32 {
  return 32 - i32(countLeadingZeros(x));
}

/// The least m · 2^e ≥ a with 2^15 ≤ m < 2^16, for a ≥ 1.
fn normalize_scale(a: u32) -> Scale {
  let e = bit_length(a) - 16;
  if (e <= 0) {
    return Scale(a << u32(-e), e);
  }
  let rest = a & ((1u << u32(e)) - 1u);
  let m = (a >> u32(e)) + select(0u, 1u, rest > 0u);
  if (m == 65536u) {
    return Scale(32768u, e + 1);
  }
  return Scale(m, e);
}

/// A Scale in one word of a buffer, and back; e is in -15..16.
fn pack_scale(scale: Scale) -> u32 {
  return scale.m | (u32(scale.e + 32) << 16u);
}

fn unpack_scale(word: u32) -> Scale {
  return Scale(word & 65535u, i32(word >> 16u) - 32);
}

/// round(a · b / 2^16), half up, for 16-bit a and b.
fn mulhi(a: u32, b: u32) -> u32 {
  return (a * b + 32768u) >> 16u;
}

/// The nearest integer to the square root; at most 65536.
fn rounded_square_root(x: u32) -> u32 {
  var root = 0u;
  var rest = x;
  for (var bit = 1u << 30u; bit > 0u; bit >>= 2u) {
    let trial = root + bit;
    root >>= 1u;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  return root + select(0u, 1u, rest > root);
}

/// Four int8 in one word, the first in the low byte, and back.
fn pack_bytes(q: vec4<i32>) -> u32 {
  let bytes = bitcast<vec4<u32>>(q) & vec4(255u);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

fn unpack_bytes(word: u32) -> vec4<i32> {
  return (vec4(bitcast<i32>(word)) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u);
}
