// The exact output of a row: the sum of its tokens (norm, section 6, "Pool"). One invocation sums
// one column of one row; `range` counts rows here.

struct Shape {
  width: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
/// First and past-last token of each row.
@group(0) @binding(2) var<storage, read> rows: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> x: array<i32>;
@group(0) @binding(4) var<storage, read_write> pooled: array<i32>;

@compute @workgroup_size(lanes)
fn pool(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x;
  let row = range.start + id.y;
  if (column >= shape.width || row >= range.end) {
    return;
  }
  var sum = 0;
  for (var token = rows[row].x; token < rows[row].y; token++) {
    sum += x[token * shape.width + column];
  }
  pooled[row * shape.width + column] = sum;
}
