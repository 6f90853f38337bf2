// Layer norm of one token in place (norm, section 5); a workgroup per token. Each of its three
// reductions costs one barrier: every lane leaves its part in shared memory, then all read all.

struct Shape {
  width: u32,
  shift: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read_write> x: array<i32>;
/// gamma and beta of each column.
@group(0) @binding(3) var<storage, read> weights: array<vec2<i32>>;

var<workgroup> sums: array<i32, lanes_max>;
var<workgroup> peaks: array<u32, lanes_max>;
/// Low and high word of the sum of squares.
var<workgroup> squares: array<vec2<u32>, lanes_max>;

fn row_mean(lane: u32, row: u32) -> i32 {
  var part = 0;
  for (var column = lane; column < shape.width; column += lanes) {
    part += x[row + column];
  }
  sums[lane] = part;
  workgroupBarrier();
  var total = 0;
  for (var i = 0u; i < lanes; i++) {
    total += sums[i];
  }
  let width = i32(shape.width);
  let rounded = total + width / 2;
  return rounded / width - select(0, 1, rounded % width < 0);
}

fn row_peak(lane: u32, row: u32, mean: i32) -> u32 {
  var part = 0u;
  for (var column = lane; column < shape.width; column += lanes) {
    part = max(part, u32(abs(x[row + column] - mean)));
  }
  peaks[lane] = part;
  workgroupBarrier();
  var peak = 0u;
  for (var i = 0u; i < lanes; i++) {
    peak = max(peak, peaks[i]);
  }
  return peak;
}

fn add_wide(sum: vec2<u32>, low: u32, high: u32) -> vec2<u32> {
  let total = sum.x + low;
  return vec2(total, sum.y + high + select(0u, 1u, total < low));
}

fn row_squares(lane: u32, row: u32, mean: i32, up: u32, down: u32) -> vec2<u32> {
  let half = select(0u, (1u << down) >> 1u, down > 0u);
  var part = vec2(0u);
  for (var column = lane; column < shape.width; column += lanes) {
    let d = u32(abs(x[row + column] - mean));
    let a = min(((d << up) + half) >> down, 65535u);
    part = add_wide(part, a * a, 0u);
  }
  squares[lane] = part;
  workgroupBarrier();
  var total = vec2(0u);
  for (var i = 0u; i < lanes; i++) {
    total = add_wide(total, squares[i].x, squares[i].y);
  }
  return total;
}

@compute @workgroup_size(lanes)
fn norm(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let token = range.start + group.x;
  if (token >= range.end) {
    return;
  }
  let row = token * shape.width;
  let mean = row_mean(lane, row);
  let peak = row_peak(lane, row, mean);
  let left = 16 - bit_length(peak);
  let up = u32(max(left, 0));
  let down = u32(max(-left, 0));
  let square = row_squares(lane, row, mean, up, down);
  let k = u32(bit_length(square.y) + 1) / 2u;
  let variance = select(
    square.x,
    (square.x >> (2u * k)) | (square.y << ((32u - 2u * k) & 31u)),
    k > 0u,
  );
  // A row of one value has no variance; the divisor below only has to be some number then.
  let root = max(rounded_square_root(variance), 1u);
  let reciprocal = min(2147483648u / root, 65535u);
  for (var column = lane; column < shape.width; column += lanes) {
    let d = x[row + column] - mean;
    let u = rq(bitcast<i32>(bitcast<u32>(d) << up), reciprocal, 7u + k + down);
    let gamma = weights[column].x;
    let scaled = rq(sign(gamma) * u, u32(abs(gamma)), shape.shift);
    let y = select(scaled, 0, peak == 0u) + weights[column].y;
    x[row + column] = saturate_to(y, activation_max);
  }
}
