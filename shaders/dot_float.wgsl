// Sixteen int8 pairs in f32: dot_packed.wgsl's twin beside linear_float.wgsl. Exact: sixteen
// products of at most 127·127 add up to an integer below 2^24, in any order, fused or not.

struct Sixteen {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
}

fn prepare(words: vec4<u32>) -> Sixteen {
  return Sixteen(
    vec4<f32>(unpack_bytes(words.x)),
    vec4<f32>(unpack_bytes(words.y)),
    vec4<f32>(unpack_bytes(words.z)),
    vec4<f32>(unpack_bytes(words.w)),
  );
}

fn dot_sixteen(x: Sixteen, words: vec4<u32>) -> i32 {
  let y = prepare(words);
  return i32(dot(x.a, y.a) + dot(x.b, y.b) + dot(x.c, y.c) + dot(x.d, y.d));
}
