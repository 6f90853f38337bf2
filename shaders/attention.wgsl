// Scores and softmax weights of attention (norm, section 6, steps 3 to 5), and the bindings that
// they are read from. Put in front of attend.wgsl, with head_narrow.wgsl or head_wide.wgsl, which
// say how a head's query and its sums are held.

struct Shape {
  heads: u32,
  mantissa: u32,
  shift: u32,
  /// 2 · tokensMax - 1, the biases of a head; any number where the model has none.
  distances: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
/// Per token: its word's scale, position in its row, first and past-last token of its row.
@group(0) @binding(2) var<storage, read> spans: array<vec4<u32>>;
/// Per token: queries, keys, values as int8, heads side by side, each padded with zeros to whole
/// vectors of 16; and their scales.
@group(0) @binding(3) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read> head_scale: array<u32>;
@group(0) @binding(5) var<storage, read> exp2_table: array<u32>;
/// [heads, distances], from the farthest key before the query to the farthest after it; read only
/// where has_bias is 1.
@group(0) @binding(6) var<storage, read> biases: array<i32>;
@group(0) @binding(7) var<storage, read_write> context: array<vec4<i32>>;

struct Query {
  held: QueryRow,
  m: u32,
  e: i32,
  /// Where the bias of token 0 would lie, modulo 2^32.
  bias: u32,
}

/// Where a head's row lies among all rows of queries (0), keys (1) and values (2).
fn head_row(token: u32, which: u32, head: u32) -> u32 {
  return (3u * token + which) * shape.heads + head;
}

fn read_part(row: u32, part: u32) -> vec4<u32> {
  return q[row * ((head_words + 3u) / 4u) + part];
}

fn read_query(token: u32, head: u32) -> Query {
  let row = head_row(token, 0u, head);
  let scale = unpack_scale(head_scale[row]);
  let bias = head * shape.distances + shape.distances / 2u - token;
  return Query(hold_query(row), mulhi(scale.m, shape.mantissa), scale.e, bias);
}

/// Base-2 score in Q14.
fn score(query: Query, token: u32, head: u32) -> i32 {
  let row = head_row(token, 1u, head);
  let scale = unpack_scale(head_scale[row]);
  let shift = i32(shape.shift) - 32 - query.e - scale.e;
  let plain = rq(dot_query(query.held, row), mulhi(query.m, scale.m), u32(shift));
  if (has_bias == 1u) {
    return plain + biases[query.bias + token];
  }
  return plain;
}

/// 2^-(f / 2^14) in Q22.
fn exp2_of(f: u32) -> u32 {
  let halvings = f >> 14u;
  if (halvings >= 24u) {
    return 0u;
  }
  let index = (f & 16383u) >> 6u;
  let high = exp2_table[index];
  let value = high - (((high - exp2_table[index + 1u]) * (f & 63u) + 32u) >> 6u);
  return (value + ((1u << halvings) >> 1u)) >> halvings;
}

fn weight(e: u32, value: Scale, exponent: i32) -> u32 {
  return ((e >> 6u) * (value.m >> 1u)) >> u32(exponent - value.e);
}

/// A word of the query's context, from its sum of weighted values.
fn finish(token: u32, head: u32, word: u32, value: vec4<i32>) {
  let limit = vec4(activation_max);
  context[(token * shape.heads + head) * head_words + word] = clamp(value, -limit, limit);
}
