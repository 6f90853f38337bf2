// Sixteen int8 pairs by shifts alone; dot_packed.wgsl is its native twin. The operand that is used
// again and again is unpacked once.

struct Sixteen {
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
}

fn prepare(words: vec4<u32>) -> Sixteen {
  return Sixteen(
    unpack_bytes(words.x),
    unpack_bytes(words.y),
    unpack_bytes(words.z),
    unpack_bytes(words.w),
  );
}

fn dot_sixteen(x: Sixteen, words: vec4<u32>) -> i32 {
  return dot(x.a, unpack_bytes(words.x)) + dot(x.b, unpack_bytes(words.y))
    + dot(x.c, unpack_bytes(words.z)) + dot(x.d, unpack_bytes(words.w));
}
