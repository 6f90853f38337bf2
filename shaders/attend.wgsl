// Self-attention (norm, section 6, steps 3 to 6). One invocation answers one query of one head in
// three passes over its row's keys: highest score, sums, weighted values. Scores are recomputed
// in each pass: no scratch memory, no barrier, and neighbours read the same keys at once.

/// Sums over keys of four words of values.
struct Sums {
  a: vec4<i32>,
  b: vec4<i32>,
  c: vec4<i32>,
  d: vec4<i32>,
}

fn add_part(sums: Sums, p: i32, row: u32, part: u32) -> Sums {
  let words = read_part(row, part);
  return Sums(
    sums.a + p * unpack_bytes(words.x),
    sums.b + p * unpack_bytes(words.y),
    sums.c + p * unpack_bytes(words.z),
    sums.d + p * unpack_bytes(words.w),
  );
}

@compute @workgroup_size(lanes)
fn attend(@builtin(global_invocation_id) id: vec3<u32>) {
  let token = range.start + id.x;
  let head = id.y;
  if (token >= range.end || head >= shape.heads) {
    return;
  }
  let first = spans[token].z;
  let last = spans[token].w;
  let row = head_row(token, 0u, head);
  let scale = unpack_scale(head_scale[row]);
  let parts = array(query_part(row, 0u), query_part(row, 1u), query_part(row, 2u), query_part(row, 3u));
  let query = Query(parts, mulhi(scale.m, shape.mantissa), scale.e);

  var top = -2147483647;
  var exponent = -32;
  for (var key = first; key < last; key++) {
    top = max(top, score(query, key, head));
    exponent = max(exponent, unpack_scale(head_scale[head_row(key, 2u, head)]).e);
  }

  var total = 0u;
  var largest = 1u;
  for (var key = first; key < last; key++) {
    let e = exp2_of(bitcast<u32>(top) - bitcast<u32>(score(query, key, head)));
    total += e;
    let value = unpack_scale(head_scale[head_row(key, 2u, head)]);
    largest = max(largest, weight(e, value, exponent));
  }

  let peak = normalize_scale(largest);
  let inverse = 2130706432u / peak.m; // 127 · 2^24
  var s0 = Sums();
  var s1 = Sums();
  var s2 = Sums();
  var s3 = Sums();
  for (var key = first; key < last; key++) {
    let e = exp2_of(bitcast<u32>(top) - bitcast<u32>(score(query, key, head)));
    let value_row = head_row(key, 2u, head);
    let w = weight(e, unpack_scale(head_scale[value_row]), exponent);
    let p = rq(bitcast<i32>(w), inverse, u32(24 + peak.e));
    s0 = add_part(s0, p, value_row, 0u);
    if (head_words > 4u) {
      s1 = add_part(s1, p, value_row, 1u);
    }
    if (head_words > 8u) {
      s2 = add_part(s2, p, value_row, 2u);
    }
    if (head_words > 12u) {
      s3 = add_part(s3, p, value_row, 3u);
    }
  }

  let denominator = normalize_scale(total);
  let reciprocal = min(2147483648u / denominator.m, 65535u);
  let m = mulhi(mulhi(peak.m, reciprocal), 33286u);
  let shift = u32(21 + denominator.e - peak.e - exponent);
  let out = (token * shape.heads + head) * head_words;
  let limit = vec4(activation_max);
  var sums = array(
    s0.a, s0.b, s0.c, s0.d, s1.a, s1.b, s1.c, s1.d,
    s2.a, s2.b, s2.c, s2.d, s3.a, s3.b, s3.c, s3.d,
  );
  for (var word = 0u; word < head_words; word++) {
    context[out + word] = clamp(rq4(sums[word], m, shift), -limit, limit);
  }
}
