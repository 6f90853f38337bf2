// A head of up to 64 columns, in registers: up to four parts of 16 columns, each named, since
// private arrays with a running index are slow. Put in front of attend.wgsl; head_wide.wgsl is its
// twin for wider heads.

alias QueryRow = array<Sixteen, 4>;

/// Sums over keys of four words of values.
struct Part {
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
}

struct Sums {
  a: Part,
  b: Part,
  c: Part,
  d: Part,
}

/// Nothing is read past the head's end.
fn query_part(row: u32, part: u32) -> Sixteen {
  return prepare(read_part(row, min(part, (head_words - 1u) / 4u)));
}

fn hold_query(row: u32) -> QueryRow {
  return array(
    query_part(row, 0u), query_part(row, 1u), query_part(row, 2u), query_part(row, 3u),
  );
}

fn dot_query(query: QueryRow, row: u32) -> i32 {
  var sum = dot_sixteen(query[0], read_part(row, 0u));
  if (head_words > 4u) {
    sum += dot_sixteen(query[1], read_part(row, 1u));
  }
  if (head_words > 8u) {
    sum += dot_sixteen(query[2], read_part(row, 2u));
  }
  if (head_words > 12u) {
    sum += dot_sixteen(query[3], read_part(row, 3u));
  }
  return sum;
}

fn add_part(sums: Part, p: i32, row: u32, part: u32) -> Part {
  let words = read_part(row, part);
  return Part(
    sums.a + p * unpack_bytes(words.x),
    sums.b + p * unpack_bytes(words.y),
    sums.c + p * unpack_bytes(words.z),
    sums.d + p * unpack_bytes(words.w),
  );
}

fn add_values(sums: ptr<function, Sums>, p: i32, row: u32) {
  (*sums).a = add_part((*sums).a, p, row, 0u);
  if (head_words > 4u) {
    (*sums).b = add_part((*sums).b, p, row, 1u);
  }
  if (head_words > 8u) {
    (*sums).c = add_part((*sums).c, p, row, 2u);
  }
  if (head_words > 12u) {
    (*sums).d = add_part((*sums).d, p, row, 3u);
  }
}

fn finish_sums(sums: ptr<function, Sums>, token: u32, head: u32, m: u32, shift: u32) {
  let a = (*sums).a;
  let b = (*sums).b;
  let c = (*sums).c;
  let d = (*sums).d;
  var words = array(
    a.a, a.b, a.c, a.d, b.a, b.b, b.c, b.d, c.a, c.b, c.c, c.d, d.a, d.b, d.c, d.d,
  );
  for (var word = 0u; word < head_words; word++) {
    finish(token, head, word, rq4(words[word], m, shift));
  }
}
