// Test only: the primitives of arithmetic.wgsl over rows of random operands, one per invocation.
// Put in front, as before every kernel: arithmetic.wgsl.

@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<uniform> unused: vec4<u32>;
/// x, multiplier, shift, and any u32.
@group(0) @binding(2) var<storage, read> operands: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> results: array<array<i32, 8>>;

override lanes: u32;

@compute @workgroup_size(lanes)
fn primitives(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = range.start + id.x;
  if (at >= range.end) {
    return;
  }
  let given = operands[at];
  let x = bitcast<i32>(given.x);
  let scale = normalize_scale(max(given.w, 1u));
  let again = unpack_scale(pack_scale(scale));
  results[at] = array(
    rq(x, given.y, given.z),
    rq4(vec4(x), given.y, given.z).z,
    bitcast<i32>(mulhi(given.y, given.w & 65535u)),
    i32(rounded_square_root(given.w)),
    bitcast<i32>(again.m) + 0 * i32(unused.x),
    again.e,
    bitcast<i32>(pack_bytes(unpack_bytes(given.w))),
    bit_length(given.w),
  );
}
