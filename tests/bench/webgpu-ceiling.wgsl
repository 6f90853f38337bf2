// The integer-dot ceiling: nothing but dot4I8Packed on registers. Eight chains an invocation, each
// fed by its neighbour's last value, so that no compiler can hoist, fold or reorder them away.

override lanes: u32;

/** Turns of the loop; each is 8 chains × 4 dots × 8 operations. */
override turns: u32;

@group(0) @binding(0) var<storage, read_write> sink: array<i32>;

fn turn(a: vec4<i32>, b: vec4<i32>) -> vec4<i32> {
  let x = bitcast<vec4<u32>>(a);
  let y = bitcast<vec4<u32>>(b.yzwx);
  return a + vec4<i32>(
    dot4I8Packed(x.x, y.x),
    dot4I8Packed(x.y, y.y),
    dot4I8Packed(x.z, y.z),
    dot4I8Packed(x.w, y.w),
  );
}

@compute @workgroup_size(lanes)
fn ceiling(@builtin(global_invocation_id) id: vec3<u32>) {
  let seed = bitcast<i32>(id.x * 2654435761u + 1u);
  var a = vec4<i32>(seed, seed + 0x01020304, seed ^ 0x55aa1234, seed - 0x0badcafe);
  var b = a * 3 + 0x11223344;
  for (var i = 0u; i < turns; i++) {
    a = turn(a, b);
    b = turn(b, a);
    a = turn(a, b);
    b = turn(b, a);
  }
  // Never true for all: the sums must be computed to know.
  if (all(a == b)) {
    sink[0] = a.x;
  }
}
