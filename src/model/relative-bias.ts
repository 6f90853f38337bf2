// MPNet's relative attention bias: 32 buckets of distance, the same for all layers, spread into
// the norm's table of a bias for every distance (docs/exact-arithmetic.md, section 6).

export const RELATIVE_BUCKETS = 32;
/** Buckets of each direction; half of them hold one distance each, the others grow. */
const HALF = RELATIVE_BUCKETS / 2;
const EXACT = HALF / 2;

/**
 * The bucket of a key `distance` tokens after the query (before it, if negative). T5's scheme with
 * 32 buckets up to a distance of 128, 8 + floor(8·log(n/8) / log(16)) from n = 8 on; its steps lie
 * where n² doubles, so that integers decide.
 */
export function relativeBucket(distance: number): number {
  const n = Math.abs(distance);
  let bucket = Math.min(n, EXACT);
  while (n >= EXACT && bucket < HALF - 1 && n * n >= EXACT ** 2 * 2 ** (bucket + 1 - EXACT)) {
    bucket++;
  }
  return distance > 0 ? HALF + bucket : bucket;
}

/**
 * @param table [RELATIVE_BUCKETS, heads], as published
 * @returns [heads, 2 · tokensMax - 1] in base 2, at key - query + tokensMax - 1
 */
export function spreadRelativeBias(
  table: Float32Array,
  { heads, tokensMax }: { heads: number; tokensMax: number },
): Float64Array {
  const width = 2 * tokensMax - 1;
  return Float64Array.from({ length: heads * width }, (_, at) => {
    const head = Math.floor(at / width);
    const bucket = relativeBucket((at % width) - (tokensMax - 1));
    return table[bucket * heads + head] * Math.LOG2E;
  });
}
