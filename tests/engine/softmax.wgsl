// Test only: exp2_of and weight of attention.wgsl over rows of operands, one per invocation. Put
// in front, as before attend.wgsl: arithmetic.wgsl, dot_unpacked.wgsl, attention.wgsl and
// head_narrow.wgsl. Operands and results lie where attention has its spans and its context.

@compute @workgroup_size(lanes)
fn softmax(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = range.start + id.x;
  if (at >= range.end) {
    return;
  }
  // A difference of scores; mantissa, and exponent + 32, of a value's scale; halvings.
  let given = spans[at];
  let e = exp2_of(given.x);
  let value = Scale(given.y, i32(given.z) - 32);
  let w = weight(e, value, value.e + i32(given.w));
  context[at] = vec4(bitcast<i32>(e), bitcast<i32>(w), i32(shape.heads), 0);
}
