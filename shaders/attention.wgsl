// Scores and softmax weights of attention (norm, section 6, steps 3 to 5), and the bindings that
// they are read from. Put in front of attend.wgsl. A head is held as up to four parts of 16
// columns, each named: private arrays with a running index are slow.

struct Shape {
  heads: u32,
  mantissa: u32,
  shift: u32,
}

override lanes: u32;

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> shape: Shape;
/// Per token: id, position in its row, first and past-last token of its row.
@group(0) @binding(2) var<storage, read> spans: array<vec4<u32>>;
/// Per token: queries, keys, values as int8, heads side by side, and their scales.
@group(0) @binding(3) var<storage, read> q: array<u32>;
@group(0) @binding(4) var<storage, read> head_scale: array<u32>;
@group(0) @binding(5) var<storage, read> exp2_table: array<u32>;
@group(0) @binding(6) var<storage, read_write> context: array<vec4<i32>>;

struct Query {
  parts: array<Sixteen, 4>,
  m: u32,
  e: i32,
}

/// Where a head's row lies among all rows of queries (0), keys (1) and values (2).
fn head_row(token: u32, which: u32, head: u32) -> u32 {
  return (3u * token + which) * shape.heads + head;
}

/// Words 4·part.. of a head's row; what lies past its end belongs to a neighbour.
fn read_part(row: u32, part: u32) -> vec4<u32> {
  let at = row * head_words + 4u * part;
  return vec4(q[at], q[at + 1u], q[at + 2u], q[at + 3u]);
}

/// Zero past the head's end, so that there the dot product ignores a neighbour's keys.
fn query_part(row: u32, part: u32) -> Sixteen {
  let is_inside = vec4(4u * part) + vec4(0u, 1u, 2u, 3u) < vec4(head_words);
  return prepare(select(vec4(0u), read_part(row, part), is_inside));
}

/// Base-2 score in Q14.
fn score(query: Query, token: u32, head: u32) -> i32 {
  let row = head_row(token, 1u, head);
  let scale = unpack_scale(head_scale[row]);
  var sum = dot_sixteen(query.parts[0], read_part(row, 0u));
  if (head_words > 4u) {
    sum += dot_sixteen(query.parts[1], read_part(row, 1u));
  }
  if (head_words > 8u) {
    sum += dot_sixteen(query.parts[2], read_part(row, 2u));
  }
  if (head_words > 12u) {
    sum += dot_sixteen(query.parts[3], read_part(row, 3u));
  }
  let shift = i32(shape.shift) - 32 - query.e - scale.e;
  return rq(sum, mulhi(query.m, scale.m), u32(shift));
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
