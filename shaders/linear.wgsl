// What all linear kernels share (norm, section 4): bindings, and the way from an exact i32 sum to
// an output. Put in front of linear_packed.wgsl, linear_unpacked.wgsl and so on.

struct Shape {
  /// Vectors of 16 int8 in a row of `q`: the high plane first, then the row itself.
  vectors: u32,
  planes: u32,
  outputs: u32,
  shift: u32,
  /// What happens to an output: stored, through GELU or tanh, or added to the residual stream.
  epilogue: u32,
}

struct Channel {
  scale: u32,
  bias: i32,
  /// Added to the sum: what the 128 taken from shifted inputs would have contributed.
  correction: i32,
}

const epilogue_none = 0u;
const epilogue_gelu = 1u;
const epilogue_add = 2u;
const epilogue_tanh = 3u;

override group_columns: u32;
override group_rows: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> row_scale: array<u32>;
/// [vectors, outputs]: neighbouring outputs lie side by side.
@group(0) @binding(4) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read> channels: array<Channel>;
/// 513 entries of the epilogue's function: TAIL for GELU, TANH for tanh.
@group(0) @binding(6) var<storage, read> table: array<i32>;
@group(0) @binding(7) var<storage, read_write> y: array<i32>;

/// GELU (Q12 to Q12) or tanh (Q12 to Q20) by its table. From 8 on both tables are constant, and
/// their last two entries are equal: what is clamped there needs no case of its own.
fn activate(x: i32) -> i32 {
  let size = min(u32(abs(x)), 32767u);
  let low = table[size >> 6u];
  let step = table[(size >> 6u) + 1u] - low;
  let t = low + ((step * i32(size & 63u) + 32) >> 6u);
  let gelu = max(x, 0) - ((t + 128) >> 8u);
  return select(gelu, select(t, -t, x < 0), shape.epilogue == epilogue_tanh);
}

fn finish(token: u32, scale: Scale, column: u32, sum: i32) {
  if (token >= range.end || column >= shape.outputs) {
    return;
  }
  let channel = channels[column];
  let shift = u32(i32(shape.shift) - 16 - scale.e);
  let value = rq(sum + channel.correction, mulhi(scale.m, channel.scale), shift) + channel.bias;
  let linear = saturate_to(value, activation_max);
  let at = token * shape.outputs + column;
  if (shape.epilogue == epilogue_gelu || shape.epilogue == epilogue_tanh) {
    y[at] = activate(linear);
  } else if (shape.epilogue == epilogue_add) {
    y[at] = saturate_to(y[at] + linear, activation_max);
  } else {
    y[at] = linear;
  }
}

/// Four outputs of one token, `group_columns` apart.
fn finish_four(token: u32, column: u32, sums: vec4<i32>) {
  let scale = unpack_scale(row_scale[min(token, range.end - 1u)]);
  for (var i = 0u; i < 4u; i++) {
    finish(token, scale, column + i * group_columns, sums[i]);
  }
}
