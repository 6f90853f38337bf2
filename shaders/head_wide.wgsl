// A head of more than 64 columns, up to 256: too wide for registers. Its query is read again for
// every key, and its sums are an array. Put in front of attend.wgsl; head_narrow.wgsl is its twin
// for the usual heads.

const head_parts = (head_words + 3u) / 4u;

/// The row of the query.
alias QueryRow = u32;

/// Sums over keys of every word of values, and of the padding.
alias Sums = array<vec4<i32>, 4u * head_parts>;

fn hold_query(row: u32) -> QueryRow {
  return row;
}

fn dot_query(query: QueryRow, row: u32) -> i32 {
  var sum = 0;
  for (var part = 0u; part < head_parts; part++) {
    sum += dot_sixteen(prepare(read_part(query, part)), read_part(row, part));
  }
  return sum;
}

fn add_values(sums: ptr<function, Sums>, p: i32, row: u32) {
  for (var part = 0u; part < head_parts; part++) {
    let words = read_part(row, part);
    (*sums)[4u * part] += p * unpack_bytes(words.x);
    (*sums)[4u * part + 1u] += p * unpack_bytes(words.y);
    (*sums)[4u * part + 2u] += p * unpack_bytes(words.z);
    (*sums)[4u * part + 3u] += p * unpack_bytes(words.w);
  }
}

fn finish_sums(sums: ptr<function, Sums>, token: u32, head: u32, m: u32, shift: u32) {
  for (var word = 0u; word < head_words; word++) {
    finish(token, head, word, rq4((*sums)[word], m, shift));
  }
}
