// Symmetric int8 of one token's row (norm, section 3); a workgroup per token. A row of the output
// is `planes` vectors of the outliers' high plane, then the row itself, 16 int8 to a vector.

struct Shape {
  /// Vectors of 16 columns in a row, and in its high plane.
  vectors: u32,
  planes: u32,
  /// Outlier columns that are not padding.
  outliers: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<vec4<i32>>;
/// A bit for each column that is an outlier: one word per vector of 16; then the columns, ascending.
@group(0) @binding(3) var<storage, read> outliers: array<u32>;
@group(0) @binding(4) var<storage, read_write> q: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> row_scale: array<u32>;

var<workgroup> peaks: array<u32, lanes_max>;

fn outlier_bits(vector: u32, part: u32) -> vec4<bool> {
  let bits = outliers[vector] >> (4u * part);
  return (vec4(bits) & vec4(1u, 2u, 4u, 8u)) != vec4(0u);
}

/// The row's maximum over plain columns, and over outliers after they lose seven bits.
fn row_peak(lane: u32, row: u32) -> u32 {
  var inner = vec4(1u);
  var outer = vec4(0u);
  for (var vector = lane; vector < shape.vectors; vector += lanes) {
    for (var part = 0u; part < 4u; part++) {
      let size = vec4<u32>(abs(x[row + 4u * vector + part]));
      let outlier = outlier_bits(vector, part);
      inner = max(inner, select(size, vec4(0u), outlier));
      outer = max(outer, select(vec4(0u), size, outlier));
    }
  }
  let both = max(inner, (outer >> vec4(7u)) + vec4(1u));
  peaks[lane] = max(max(both.x, both.y), max(both.z, both.w));
  workgroupBarrier();
  var peak = 1u;
  for (var i = 0u; i < lanes; i++) {
    peak = max(peak, peaks[i]);
  }
  return peak;
}

fn high_plane(q_wide: i32) -> i32 {
  return (q_wide + 64) >> 7u;
}

@compute @workgroup_size(lanes)
fn quantize(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let token = range.start + group.x;
  if (token >= range.end) {
    return;
  }
  let row = token * shape.vectors * 4u;
  let scale = normalize_scale(row_peak(lane, row));
  let inverse = 2130706432u / scale.m; // 127 · 2^24
  let shift = u32(24 + scale.e);
  if (lane == 0u) {
    row_scale[token] = pack_scale(scale);
  }
  let out = token * (shape.planes + shape.vectors);
  for (var vector = lane; vector < shape.vectors; vector += lanes) {
    var packed = vec4(0u);
    for (var part = 0u; part < 4u; part++) {
      let wide = rq4(x[row + 4u * vector + part], inverse, shift);
      let low = wide - ((wide + vec4(64)) >> vec4(7u)) * 128;
      packed[part] = pack_bytes(select(wide, low, outlier_bits(vector, part)));
    }
    q[out + shape.planes + vector] = packed;
  }
  for (var plane = lane; plane < shape.planes; plane += lanes) {
    var packed = vec4(0u);
    for (var i = 0u; i < 16u; i++) {
      let index = 16u * plane + i;
      if (index < shape.outliers) {
        let column = outliers[shape.vectors + index];
        let high = high_plane(rq(x[row + column / 4u][column % 4u], inverse, shift));
        packed[i / 4u] |= (bitcast<u32>(high) & 255u) << (8u * (i % 4u));
      }
    }
    q[out + plane] = packed;
  }
}
