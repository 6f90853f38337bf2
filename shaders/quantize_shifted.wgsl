// Unsigned 8 bits of one token's GELU outputs, carried as u - 128 (norm, section 3, "shifted");
// a workgroup per token. The input of `down`.

struct Shape {
  /// Vectors of 16 columns in a row.
  vectors: u32,
}

const down_offset = 697;

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> q: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> row_scale: array<u32>;

var<workgroup> peaks: array<i32, lanes_max>;

fn row_peak(lane: u32, row: u32) -> u32 {
  var most = vec4(1);
  for (var word = lane; word < shape.vectors * 4u; word += lanes) {
    most = max(most, x[row + word] + vec4(down_offset));
  }
  peaks[lane] = max(max(most.x, most.y), max(most.z, most.w));
  workgroupBarrier();
  var peak = 1;
  for (var i = 0u; i < lanes; i++) {
    peak = max(peak, peaks[i]);
  }
  return u32(peak);
}

@compute @workgroup_size(lanes)
fn quantize_shifted(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let token = range.start + group.x;
  if (token >= range.end) {
    return;
  }
  let row = token * shape.vectors * 4u;
  let scale = normalize_scale(row_peak(lane, row));
  let inverse = 2139095040u / scale.m; // 255 · 2^23
  let shift = u32(23 + scale.e);
  if (lane == 0u) {
    row_scale[token] = pack_scale(scale);
  }
  for (var vector = lane; vector < shape.vectors; vector += lanes) {
    var packed = vec4(0u);
    for (var part = 0u; part < 4u; part++) {
      let shifted = x[row + 4u * vector + part] + vec4(down_offset);
      packed[part] = pack_bytes(rq4(shifted, inverse, shift) - vec4(128));
    }
    q[token * shape.vectors + vector] = packed;
  }
}
