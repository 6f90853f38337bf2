// A linear layer without a native int8 dot product, for devices that lack one and for software
// adapters. One invocation makes 8 tokens by 8 outputs, so that each unpacked byte serves eight
// times: on SwiftShader 512×384×1536 takes 255 CPU-ms so, and 350 in linear_packed.wgsl.

/// One token's word of inputs against four outputs' words of weights.
fn dots(
  x: vec4<i32>,
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
) -> vec4<i32> {
  return vec4(dot(x, a), dot(x, b), dot(x, c), dot(x, d));
}

/// Word `word` of the weights of one output, as four integers.
fn weight(word: u32, output: u32, outputs: u32) -> vec4<i32> {
  return unpack_bytes(weights[(word >> 2u) * outputs + output][word & 3u]);
}

/// The same of one token's row of activations.
fn input(word: u32, row: u32) -> vec4<i32> {
  return unpack_bytes(q[row + (word >> 2u)][word & 3u]);
}

@compute @workgroup_size(group_columns, group_rows)
fn linear_unpacked(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let token = range.start + 8u * (group.y * group_rows + local.y);
  let column = 8u * group_columns * group.x + local.x;
  if (token >= range.end || column >= shape.outputs) {
    return;
  }
  // Past the edge a lane repeats the last token or output; `finish` drops what it made.
  let steps = vec4(0u, 1u, 2u, 3u);
  let row_last = vec4(range.end - 1u);
  let rows = min(vec4(token) + steps, row_last) * shape.vectors;
  let more_rows = min(vec4(token + 4u) + steps, row_last) * shape.vectors;
  let output_last = vec4(shape.outputs - 1u);
  let near = min(vec4(column) + steps * group_columns, output_last);
  let far = min(vec4(column + 4u * group_columns) + steps * group_columns, output_last);
  let outputs = shape.outputs;
  let words = 4u * shape.vectors;
  let plane_words = 4u * shape.planes;
  var near0 = vec4(0);
  var near1 = vec4(0);
  var near2 = vec4(0);
  var near3 = vec4(0);
  var near4 = vec4(0);
  var near5 = vec4(0);
  var near6 = vec4(0);
  var near7 = vec4(0);
  var far0 = vec4(0);
  var far1 = vec4(0);
  var far2 = vec4(0);
  var far3 = vec4(0);
  var far4 = vec4(0);
  var far5 = vec4(0);
  var far6 = vec4(0);
  var far7 = vec4(0);
  // Two rounds: the high plane, then, once its sums count 128-fold, the rest. A test inside the
  // inner loop would cost a fifth of the kernel on SwiftShader.
  var k = 0u;
  for (var stop = plane_words; k < words; stop = words) {
    near0 *= 128;
    near1 *= 128;
    near2 *= 128;
    near3 *= 128;
    near4 *= 128;
    near5 *= 128;
    near6 *= 128;
    near7 *= 128;
    far0 *= 128;
    far1 *= 128;
    far2 *= 128;
    far3 *= 128;
    far4 *= 128;
    far5 *= 128;
    far6 *= 128;
    far7 *= 128;
    for (; k < stop; k++) {
      let w0 = weight(k, near.x, outputs);
      let w1 = weight(k, near.y, outputs);
      let w2 = weight(k, near.z, outputs);
      let w3 = weight(k, near.w, outputs);
      let v0 = weight(k, far.x, outputs);
      let v1 = weight(k, far.y, outputs);
      let v2 = weight(k, far.z, outputs);
      let v3 = weight(k, far.w, outputs);
      let x0 = input(k, rows.x);
      near0 += dots(x0, w0, w1, w2, w3);
      far0 += dots(x0, v0, v1, v2, v3);
      let x1 = input(k, rows.y);
      near1 += dots(x1, w0, w1, w2, w3);
      far1 += dots(x1, v0, v1, v2, v3);
      let x2 = input(k, rows.z);
      near2 += dots(x2, w0, w1, w2, w3);
      far2 += dots(x2, v0, v1, v2, v3);
      let x3 = input(k, rows.w);
      near3 += dots(x3, w0, w1, w2, w3);
      far3 += dots(x3, v0, v1, v2, v3);
      let x4 = input(k, more_rows.x);
      near4 += dots(x4, w0, w1, w2, w3);
      far4 += dots(x4, v0, v1, v2, v3);
      let x5 = input(k, more_rows.y);
      near5 += dots(x5, w0, w1, w2, w3);
      far5 += dots(x5, v0, v1, v2, v3);
      let x6 = input(k, more_rows.z);
      near6 += dots(x6, w0, w1, w2, w3);
      far6 += dots(x6, v0, v1, v2, v3);
      let x7 = input(k, more_rows.w);
      near7 += dots(x7, w0, w1, w2, w3);
      far7 += dots(x7, v0, v1, v2, v3);
    }
  }
  var sums = array(
    near0, far0, near1, far1, near2, far2, near3, far3,
    near4, far4, near5, far5, near6, far6, near7, far7,
  );
  for (var i = 0u; i < 16u; i++) {
    finish_four(token + i / 2u, column + 4u * group_columns * (i % 2u), sums[i]);
  }
}
