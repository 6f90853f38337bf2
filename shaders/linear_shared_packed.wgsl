// A linear layer with the device's own four-way int8 dot product and tiles in workgroup memory:
// each weight and each input is read from a buffer once per workgroup. One invocation makes
// 4 tokens by 4 outputs, as in linear_packed.wgsl; a round takes two vectors of 16 inputs.

const round_vectors = 2u;

/// [token of the tile, vector of the round].
var<workgroup> inputs: array<vec4<u32>, tile_tokens * round_vectors>;
/// [vector of the round, output of the tile].
var<workgroup> columns: array<vec4<u32>, tile_outputs * round_vectors>;

/// Brings vectors [vector, stop) of a tile into workgroup memory, and zeros past their end.
fn load_round(lane: u32, token: u32, column: u32, vector: u32, stop: u32) {
  let lanes = group_columns * group_rows;
  for (var i = lane; i < tile_tokens * round_vectors; i += lanes) {
    let row = min(token + i / round_vectors, range.end - 1u);
    let at = vector + i % round_vectors;
    inputs[i] = select(vec4(0u), q[row * shape.vectors + min(at, stop - 1u)], at < stop);
  }
  for (var i = lane; i < tile_outputs * round_vectors; i += lanes) {
    let output = min(column + i % tile_outputs, shape.outputs - 1u);
    let at = min(vector + i / tile_outputs, stop - 1u);
    columns[i] = weights[at * shape.outputs + output];
  }
}

@compute @workgroup_size(group_columns, group_rows)
fn linear_shared_packed(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile_token = range.start + tile_tokens * group.y;
  let tile_column = tile_outputs * group.x;
  let row = 4u * local.y * round_vectors;
  var s0 = vec4(0);
  var s1 = vec4(0);
  var s2 = vec4(0);
  var s3 = vec4(0);
  // Two parts: the high plane, then, once its sums count 128-fold, the rest.
  var vector = 0u;
  for (var stop = shape.planes; vector < shape.vectors; stop = shape.vectors) {
    s0 *= 128;
    s1 *= 128;
    s2 *= 128;
    s3 *= 128;
    for (; vector < stop; vector += round_vectors) {
      load_round(lane, tile_token, tile_column, vector, stop);
      workgroupBarrier();
      for (var step = 0u; step < round_vectors; step++) {
        let at = step * tile_outputs + local.x;
        let w = Columns(
          columns[at],
          columns[at + group_columns],
          columns[at + 2u * group_columns],
          columns[at + 3u * group_columns],
        );
        s0 += dot_columns(inputs[row + step], w);
        s1 += dot_columns(inputs[row + round_vectors + step], w);
        s2 += dot_columns(inputs[row + 2u * round_vectors + step], w);
        s3 += dot_columns(inputs[row + 3u * round_vectors + step], w);
      }
      workgroupBarrier();
    }
    vector = stop;
  }
  let token = tile_token + 4u * local.y;
  let column = tile_column + local.x;
  finish_four(token, column, s0);
  finish_four(token + 1u, column, s1);
  finish_four(token + 2u, column, s2);
  finish_four(token + 3u, column, s3);
}
