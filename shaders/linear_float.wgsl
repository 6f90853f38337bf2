// A linear layer in f32 multiply-adds, for devices that have no native int8 dot product (Apple's)
// or multiply 32-bit integers slowly. It is exact: every product is an integer of at most 127·128,
// and at most 1024 of them are added before the sum becomes an i32, so that each partial sum, in
// whatever order or fused, is an integer of at most 127·128·1024 = 16,646,144 < 2^24. f32 holds
// these, and an operation whose true result is representable has no other. One invocation makes
// 8 tokens by 8 outputs.

/// Sums of 4 tokens by 4 outputs: a vector for each token.
struct Totals {
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
}

fn add_totals(totals: Totals, sums: mat4x4<f32>, factor: i32) -> Totals {
  return Totals(
    totals.a + vec4<i32>(sums[0]) * factor,
    totals.b + vec4<i32>(sums[1]) * factor,
    totals.c + vec4<i32>(sums[2]) * factor,
    totals.d + vec4<i32>(sums[3]) * factor,
  );
}

/// Word `word` of four outputs' weights: a column for each of its four inputs.
fn weight_words(word: u32, columns: vec4<u32>) -> mat4x4<f32> {
  let at = vec4((word >> 2u) * shape.outputs) + columns;
  let part = word & 3u;
  return transpose(mat4x4<f32>(
    vec4<f32>(unpack_bytes(weights[at.x][part])),
    vec4<f32>(unpack_bytes(weights[at.y][part])),
    vec4<f32>(unpack_bytes(weights[at.z][part])),
    vec4<f32>(unpack_bytes(weights[at.w][part])),
  ));
}

/// The same of four tokens' rows: a column for each token.
fn input_words(word: u32, rows: vec4<u32>) -> mat4x4<f32> {
  let at = rows + vec4(word >> 2u);
  let part = word & 3u;
  return mat4x4<f32>(
    vec4<f32>(unpack_bytes(q[at.x][part])),
    vec4<f32>(unpack_bytes(q[at.y][part])),
    vec4<f32>(unpack_bytes(q[at.z][part])),
    vec4<f32>(unpack_bytes(q[at.w][part])),
  );
}

fn finish_tile(token: u32, column: u32, totals: Totals) {
  finish_four(token, column, totals.a);
  finish_four(token + 1u, column, totals.b);
  finish_four(token + 2u, column, totals.c);
  finish_four(token + 3u, column, totals.d);
}

@compute @workgroup_size(group_columns, group_rows)
fn linear_float(
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
  let far_column = column + 4u * group_columns;
  let near = min(vec4(column) + steps * group_columns, output_last);
  let far = min(vec4(far_column) + steps * group_columns, output_last);
  let words = 4u * shape.vectors;
  var totals = Totals();
  var far_totals = Totals();
  var more_totals = Totals();
  var far_more_totals = Totals();
  // First the high plane, whose sums count 128-fold, then the row, 1024 inputs at a time.
  var k = 0u;
  var factor = 128;
  for (var stop = 4u * shape.planes; k < words; stop = min(stop + 256u, words)) {
    var sums = mat4x4<f32>();
    var far_sums = mat4x4<f32>();
    var more_sums = mat4x4<f32>();
    var far_more_sums = mat4x4<f32>();
    for (; k < stop; k++) {
      let w = weight_words(k, near);
      let far_w = weight_words(k, far);
      let x = input_words(k, rows);
      sums += w * x;
      far_sums += far_w * x;
      let more_x = input_words(k, more_rows);
      more_sums += w * more_x;
      far_more_sums += far_w * more_x;
    }
    totals = add_totals(totals, sums, factor);
    far_totals = add_totals(far_totals, far_sums, factor);
    more_totals = add_totals(more_totals, more_sums, factor);
    far_more_totals = add_totals(far_more_totals, far_more_sums, factor);
    factor = 1;
  }
  finish_tile(token, column, totals);
  finish_tile(token, far_column, far_totals);
  finish_tile(token + 4u, column, more_totals);
  finish_tile(token + 4u, far_column, far_more_totals);
}
