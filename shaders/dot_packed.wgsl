// Sixteen int8 pairs where the device has the language feature packed_4x8_integer_dot_product;
// dot_unpacked.wgsl gives the same value elsewhere.

alias Sixteen = vec4<u32>;

fn prepare(words: vec4<u32>) -> Sixteen {
  return words;
}

fn dot_sixteen(x: Sixteen, words: vec4<u32>) -> i32 {
  return dot4I8Packed(x.x, words.x) + dot4I8Packed(x.y, words.y)
    + dot4I8Packed(x.z, words.z) + dot4I8Packed(x.w, words.w);
}
