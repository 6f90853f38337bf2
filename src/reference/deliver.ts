// The requester's vector: the exact pooled sums scaled to length one and rounded once to float32
// (norm, "Delivery"). It is made by whoever delivers, and is no part of any digest.

const FLOAT32_FRACTION_BITS = 23;

/**
 * Each component is the float32 nearest to sums[d] / sqrt(Σ sums²), ties to even; a row of zeros
 * stays zeros.
 */
export function toUnitVector(sums: Int32Array): Float32Array<ArrayBuffer> {
  const squares = sumSquares(sums);
  const vector = new Float32Array(sums.length);
  if (squares === 0n) return vector;
  const length = Math.sqrt(Number(squares));
  for (let d = 0; d < sums.length; d++) vector[d] = roundQuotient(sums[d], length, squares);
  return vector;
}

function sumSquares(sums: Int32Array): bigint {
  let total = 0;
  for (const sum of sums) total += sum * sum;
  // Below 2^53 no step of the sum was rounded.
  if (total < 2 ** 53) return BigInt(total);
  return sums.reduce((exact, sum) => exact + BigInt(sum) * BigInt(sum), 0n);
}

/**
 * The double quotient is off by at most 2^-51.4 of itself: half an ulp each from the conversion of
 * Σ sums² (halved by the root), the root and the division. So where the float32 nearest to both
 * ends of a wider interval is the same one, it is the right one; else integers decide.
 */
function roundQuotient(sum: number, length: number, squares: bigint): number {
  const quotient = sum / length;
  const low = Math.fround(quotient * (1 - 2 ** -50));
  const high = Math.fround(quotient * (1 + 2 ** -50));
  return low === high ? low : Math.sign(sum) * roundExactly(sum, squares);
}

/** The float32 nearest to |sum| / sqrt(squares), by integers alone. */
function roundExactly(sum: number, squares: bigint): number {
  const square = BigInt(sum) * BigInt(sum);
  if (square === 0n) return 0;
  let exponent = 0;
  while (square << BigInt(2 * exponent) < squares) exponent++;
  // Now 1 ≤ |sum|·2^exponent / sqrt(squares) < 2: the binary exponent is -exponent.
  const shift = BigInt(2 * (exponent + FLOAT32_FRACTION_BITS));
  const scaled = square << shift;
  let fraction = squareRoot(scaled / squares);
  // Up where the quotient lies above fraction + 1/2, or at it with an odd fraction.
  const half = (2n * fraction + 1n) ** 2n * squares;
  const quotient = 4n * scaled;
  if (quotient > half || (quotient === half && fraction % 2n === 1n)) fraction++;
  return Number(fraction) * 2 ** -(exponent + FLOAT32_FRACTION_BITS);
}

/** floor(sqrt(n)), by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = BigInt(Math.ceil(Math.sqrt(Number(n)) * (1 + 2 ** -50))) + 1n;
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
