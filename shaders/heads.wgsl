// Queries, keys and values as int8 with a scale per token and head (norm, section 6, step 2).
// One invocation quantizes one head's row of one of the three, padded with zeros to whole vectors
// of 16, so that attention reads vectors and its dot products need no end.

struct Shape {
  heads: u32,
  /// Head size / 4.
  head_words: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
/// Per token: queries, keys, values, heads side by side.
@group(0) @binding(2) var<storage, read> qkv: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> q: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> head_scale: array<u32>;

@compute @workgroup_size(lanes)
fn heads(@builtin(global_invocation_id) id: vec3<u32>) {
  let per_token = 3u * shape.heads;
  let token = range.start + id.y;
  if (id.x >= per_token || token >= range.end) {
    return;
  }
  let row = token * per_token + id.x;
  let is_value = id.x >= 2u * shape.heads;
  let limit = vec4(select(score_input_max, activation_max, is_value));
  let start = row * shape.head_words;
  var peak = vec4(1);
  for (var word = 0u; word < shape.head_words; word++) {
    peak = max(peak, min(abs(qkv[start + word]), limit));
  }
  let most = max(max(peak.x, peak.y), max(peak.z, peak.w));
  let scale = normalize_scale(u32(most));
  let inverse = 2130706432u / scale.m; // 127 · 2^24
  let shift = u32(24 + scale.e);
  head_scale[row] = pack_scale(scale);
  let parts = (shape.head_words + 3u) / 4u;
  for (var part = 0u; part < parts; part++) {
    var packed = vec4(0u);
    for (var i = 0u; i < 4u; i++) {
      let word = 4u * part + i;
      if (word < shape.head_words) {
        let value = clamp(qkv[start + word], -limit, limit);
        packed[i] = pack_bytes(rq4(value, inverse, shift));
      }
    }
    q[row * parts + part] = packed;
  }
}
