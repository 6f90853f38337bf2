// A linear layer with the device's own four-way int8 dot product, where subgroups exist. Every
// lane of a workgroup works on the same 4 tokens, so each lane fetches one token's vector and the
// subgroup hands it round. Needs subgroups of at least 4 lanes, and a workgroup of one row.

@compute @workgroup_size(group_columns, group_rows)
fn linear_subgroup(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let token = range.start + 4u * group.y;
  let column = 4u * group_columns * group.x + local.x;
  // No lane leaves early: the others may need what it fetches. Past the edge a lane repeats the
  // last token or output; `finish` drops what it made.
  let row = min(token + (lane & 3u), range.end - 1u) * shape.vectors;
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
    let x = q[row + vector];
    s0 += dot_columns(subgroupShuffle(x, 0u), w);
    s1 += dot_columns(subgroupShuffle(x, 1u), w);
    s2 += dot_columns(subgroupShuffle(x, 2u), w);
    s3 += dot_columns(subgroupShuffle(x, 3u), w);
  }
  finish_four(token, column, s0);
  finish_four(token + 1u, column, s1);
  finish_four(token + 2u, column, s2);
  finish_four(token + 3u, column, s3);
}
