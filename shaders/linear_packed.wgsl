// A linear layer with the device's own four-way int8 dot product. One invocation makes 4 tokens by
// 4 outputs; outputs lie `group_columns` apart, so that neighbours read neighbouring weights, and
// a token's activations are the same address for all of them. No shared memory, no barrier.

@compute @workgroup_size(group_columns, group_rows)
fn linear_packed(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let token = range.start + 4u * (group.y * group_rows + local.y);
  let column = 4u * group_columns * group.x + local.x;
  if (token >= range.end || column >= shape.outputs) {
    return;
  }
  // Past the edge a lane repeats the last token or output; `finish` drops what it made.
  let rows = min(vec4(token) + vec4(0u, 1u, 2u, 3u), vec4(range.end - 1u)) * shape.vectors;
  let outputs = min(
    vec4(column) + vec4(0u, 1u, 2u, 3u) * group_columns,
    vec4(shape.outputs - 1u),
  );
  var s0 = vec4(0);
  var s1 = vec4(0);
  var s2 = vec4(0);
  var s3 = vec4(0);
  for (var vector = 0u; vector < shape.vectors; vector++) {
    // The high plane is behind: its sums count 128-fold.
    if (vector == shape.planes) {
      s0 *= 128;
      s1 *= 128;
      s2 *= 128;
      s3 *= 128;
    }
    let at = outputs + vec4(vector * shape.outputs);
    let w = Columns(weights[at.x], weights[at.y], weights[at.z], weights[at.w]);
    s0 += dot_columns(q[rows.x + vector], w);
    s1 += dot_columns(q[rows.y + vector], w);
    s2 += dot_columns(q[rows.z + vector], w);
    s3 += dot_columns(q[rows.w + vector], w);
  }
  var sums = array(s0, s1, s2, s3);
  for (var i = 0u; i < 4u; i++) {
    finish_four(token + i, column, sums[i]);
  }
}
