// What a row is pooled to (norm, section 6, "Pool"): the sum of its tokens or the first of them, or
// the mean for a dense layer. One invocation pools one column of one row; `range` counts rows here.

struct Shape {
  width: u32,
  pooling: u32,
}

const pooling_sum = 0u;
const pooling_first = 1u;
const pooling_mean = 2u;

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
  let first = rows[row].x;
  let last = select(rows[row].y, first + 1u, shape.pooling == pooling_first);
  var sum = 0;
  for (var token = first; token < last; token++) {
    sum += x[token * shape.width + column];
  }
  if (shape.pooling == pooling_mean) {
    let count = i32(last - first);
    let rounded = sum + count / 2;
    // Division cuts towards zero; the norm's floor does not.
    sum = rounded / count - select(0, 1, rounded % count < 0);
  }
  pooled[row * shape.width + column] = sum;
}
