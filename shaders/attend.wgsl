// Self-attention (norm, section 6, steps 3 to 6). One invocation answers one query of one head in
// three passes over its row's keys: highest score, sums, weighted values. Scores are recomputed
// in each pass: no scratch memory, no barrier, and neighbours read the same keys at once.

@compute @workgroup_size(lanes)
fn attend(@builtin(global_invocation_id) id: vec3<u32>) {
  let token = range.start + id.x;
  let head = id.y;
  if (token >= range.end || head >= shape.heads) {
    return;
  }
  let first = spans[token].z;
  let last = spans[token].w;
  let query = read_query(token, head);

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
  var sums = Sums();
  for (var key = first; key < last; key++) {
    let e = exp2_of(bitcast<u32>(top) - bitcast<u32>(score(query, key, head)));
    let value_row = head_row(key, 2u, head);
    let w = weight(e, unpack_scale(head_scale[value_row]), exponent);
    add_values(&sums, rq(bitcast<i32>(w), inverse, u32(24 + peak.e)), value_row);
  }

  let denominator = normalize_scale(total);
  let reciprocal = min(2147483648u / denominator.m, 65535u);
  let m = mulhi(mulhi(peak.m, reciprocal), 33286u);
  let shift = u32(21 + denominator.e - peak.e - exponent);
  finish_sums(&sums, token, head, m, shift);
}
