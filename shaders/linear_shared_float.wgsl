// A linear layer in f32 multiply-adds with tiles in workgroup memory: each byte is unpacked once
// per workgroup. Exact for the reason given in linear_float.wgsl: at most 1024 products of at most
// 127·128 are added before the sum becomes an i32. One invocation makes 4 tokens by 4 outputs; a
// round takes one vector of 16 inputs.

/// [input of the round, token of the tile], and [input of the round, output of the tile].
var<workgroup> inputs: array<f32, 16u * tile_tokens>;
var<workgroup> columns: array<f32, 16u * tile_outputs>;

fn load_round(lane: u32, token: u32, column: u32, vector: u32) {
  let lanes = group_columns * group_rows;
  for (var i = lane; i < tile_tokens; i += lanes) {
    let words = q[min(token + i, range.end - 1u) * shape.vectors + vector];
    for (var part = 0u; part < 4u; part++) {
      let values = vec4<f32>(unpack_bytes(words[part]));
      let at = 4u * part * tile_tokens + i;
      inputs[at] = values.x;
      inputs[at + tile_tokens] = values.y;
      inputs[at + 2u * tile_tokens] = values.z;
      inputs[at + 3u * tile_tokens] = values.w;
    }
  }
  for (var i = lane; i < tile_outputs; i += lanes) {
    let words = weights[vector * shape.outputs + min(column + i, shape.outputs - 1u)];
    for (var part = 0u; part < 4u; part++) {
      let values = vec4<f32>(unpack_bytes(words[part]));
      let at = 4u * part * tile_outputs + i;
      columns[at] = values.x;
      columns[at + tile_outputs] = values.y;
      columns[at + 2u * tile_outputs] = values.z;
      columns[at + 3u * tile_outputs] = values.w;
    }
  }
}

@compute @workgroup_size(group_columns, group_rows)
fn linear_shared_float(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile_token = range.start + tile_tokens * group.y;
  let tile_column = tile_outputs * group.x;
  var t0 = vec4(0);
  var t1 = vec4(0);
  var t2 = vec4(0);
  var t3 = vec4(0);
  // First the high plane, whose sums count 128-fold, then the row, 1024 inputs at a time.
  var vector = 0u;
  var factor = 128;
  for (var stop = shape.planes; vector < shape.vectors; stop = min(stop + 64u, shape.vectors)) {
    var s0 = vec4(0.0);
    var s1 = vec4(0.0);
    var s2 = vec4(0.0);
    var s3 = vec4(0.0);
    for (; vector < stop; vector++) {
      load_round(lane, tile_token, tile_column, vector);
      workgroupBarrier();
      for (var k = 0u; k < 16u; k++) {
        let row = k * tile_tokens + 4u * local.y;
        let at = k * tile_outputs + local.x;
        let w = vec4(
          columns[at],
          columns[at + group_columns],
          columns[at + 2u * group_columns],
          columns[at + 3u * group_columns],
        );
        s0 += inputs[row] * w;
        s1 += inputs[row + 1u] * w;
        s2 += inputs[row + 2u] * w;
        s3 += inputs[row + 3u] * w;
      }
      workgroupBarrier();
    }
    t0 += vec4<i32>(s0) * factor;
    t1 += vec4<i32>(s1) * factor;
    t2 += vec4<i32>(s2) * factor;
    t3 += vec4<i32>(s3) * factor;
    factor = 1;
  }
  let token = tile_token + 4u * local.y;
  let column = tile_column + local.x;
  finish_four(token, column, t0);
  finish_four(token + 1u, column, t1);
  finish_four(token + 2u, column, t2);
  finish_four(token + 3u, column, t3);
}
