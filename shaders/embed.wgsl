// Sum of word and position embeddings in Q16 (norm, section 6): the input of `embeddings.norm`.
// One invocation makes four columns of one token.

struct Shape {
  /// hiddenSize / 4.
  words_per_row: u32,
  shift: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
/// Per token: its word's scale, position in its row, first and past-last token of its row.
@group(0) @binding(2) var<storage, read> spans: array<vec4<u32>>;
/// Per token: its word's int8 row, fetched from the vocabulary by the CPU.
@group(0) @binding(3) var<storage, read> words: array<u32>;
@group(0) @binding(4) var<storage, read> positions: array<vec4<i32>>;
@group(0) @binding(5) var<storage, read_write> x: array<vec4<i32>>;

@compute @workgroup_size(lanes)
fn embed(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x;
  let token = range.start + id.y;
  if (column >= shape.words_per_row || token >= range.end) {
    return;
  }
  let span = spans[token];
  let at = token * shape.words_per_row + column;
  let scaled = rq4(unpack_bytes(words[at]), span.x, shape.shift);
  let sum = scaled + positions[span.y * shape.words_per_row + column];
  x[at] = clamp(sum, vec4(-activation_max), vec4(activation_max));
}
