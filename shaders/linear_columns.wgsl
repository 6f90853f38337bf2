// What the linear kernels with a native dot product share: sixteen inputs of one token against the
// weights of four outputs. Put behind dot_packed.wgsl, and in front of linear_packed.wgsl,
// linear_shared_packed.wgsl and linear_subgroup.wgsl.

struct Columns {
  a: vec4<u32>,
  b: vec4<u32>,
  c: vec4<u32>,
  d: vec4<u32>,
}

fn dot_columns(x: vec4<u32>, w: Columns) -> vec4<i32> {
  return vec4(
    dot_sixteen(x, w.a),
    dot_sixteen(x, w.b),
    dot_sixteen(x, w.c),
    dot_sixteen(x, w.d),
  );
}
