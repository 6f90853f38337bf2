// Delivered vectors against integers alone: each component is the nearest float32.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toUnitVector } from '#reference/deliver.ts';

/** Compares by integers: is |sum|/sqrt(squares) below the real value `bound` ≥ 0? */
function isBelow(sum: number, squares: bigint, bound: number): boolean {
  // bound = mantissa · 2^-80 exactly: midpoints between float32 values above 2^-37 are.
  const mantissa = BigInt(bound * 2 ** 80);
  return (BigInt(sum) ** 2n) << 160n < mantissa ** 2n * squares;
}

function neighbours(value: number): { below: number; above: number; isOdd: boolean } {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const at = (word: number) => new Float32Array(Uint32Array.of(word).buffer)[0];
  return { below: at(bits - 1), above: at(bits + 1), isOdd: bits % 2 === 1 };
}

/** Whether each component lies between the midpoints to its two neighbours. */
function isNearest(sums: Int32Array): boolean {
  let squares = 0n;
  for (const sum of sums) squares += BigInt(sum) ** 2n;
  return toUnitVector(sums).every((value, d) => {
    if (Math.sign(value) !== Math.sign(sums[d])) return false;
    if (sums[d] === 0) return true;
    const { below, above } = neighbours(Math.abs(value));
    const low = (below + Math.abs(value)) / 2;
    const high = (above + Math.abs(value)) / 2;
    if (isBelow(sums[d], squares, low)) return false;
    return isBelow(sums[d], squares, high) || sums.length === 1;
  });
}

/** One `expect` for all of them: each costs more than what it looks at. */
function expectNearest(...vectors: number[][]): void {
  expect(vectors.filter((sums) => !isNearest(Int32Array.from(sums)))).toEqual([]);
}

const word = fc.oneof(
  fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
  fc.integer({ min: -300_000, max: 300_000 }),
  fc.integer({ min: -3, max: 3 }),
);

describe('the unit vector', () => {
  test('of zeros is zeros', () => {
    expect([...toUnitVector(new Int32Array(4))]).toEqual([0, 0, 0, 0]);
  });

  test('of one number is ±1', () => {
    for (const value of [1, -1, 3, 2 ** 30, -(2 ** 31)]) {
      expect([...toUnitVector(Int32Array.of(value, 0))]).toEqual([Math.sign(value), 0]);
    }
  });

  test('of whole triples is exact where float32 is, rounded where not', () => {
    expect([...toUnitVector(Int32Array.of(3, -4))]).toEqual([Math.fround(0.6), Math.fround(-0.8)]);
  });

  test('is the nearest in every component', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 12 }), (values) =>
        isNearest(Int32Array.from(values)),
      ),
      { numRuns: 3000 },
    );
  });

  test('is the nearest where the quotient lies next to a midpoint', () => {
    // a/sqrt(S) is the midpoint h for S = a²/h²; S - a² is then made of ever smaller squares, so
    // that the quotient misses the midpoint by about 2^-58 of itself, on either side.
    let hard = 0;
    const vectors: number[][] = [];
    for (let k = 0; k < 500; k++) {
      const odd = 2n ** 24n + 2n * BigInt(k) * 2777n + 1n;
      const a = 2 ** 29 + 7 * k * k + k;
      const target = (BigInt(a) ** 2n * 2n ** 50n) / odd ** 2n;
      for (const miss of [0n, 1n]) {
        const parts = greedySquares(target + miss - BigInt(a) ** 2n);
        const quotient = a / Math.sqrt(Number(target));
        const ends = [1 - 2 ** -50, 1 + 2 ** -50].map((factor) => Math.fround(quotient * factor));
        if (ends[0] !== ends[1]) hard++;
        vectors.push([a, ...parts]);
      }
    }
    expect(hard).toBe(1000);
    // Midpoints that a sum of squares meets exactly or nearly: scaled Pythagorean triples.
    for (let m = 2; m < 120; m++) {
      for (let n = 1; n < m; n++) vectors.push([m * m - n * n, 2 * m * n]);
    }
    for (let n = 1; n < 24; n++) {
      // (2^n - 1)/2^n and the like, whose sums of squares are near powers of four
      vectors.push([2 ** n - 1, 1, 1]);
      vectors.push([2 ** 29 + 2 ** (29 - n), 2 ** n]);
    }
    expectNearest(...vectors);
  });

  test('rounds ties to even', () => {
    // hypotenuse 2^25·k and legs that make the quotient (2j + 1)/2^25 exactly cannot occur for two
    // legs, but for five numbers they do: (2j + 1)² + 1 + a² + b² + c² = 2^50.
    const target = 2n ** 50n;
    for (const odd of [2 ** 24 + 1, 2 ** 24 + 3, 2 ** 24 + 12_345]) {
      const parts = threeSquares(target - BigInt(odd) ** 2n - 1n);
      const [value] = toUnitVector(Int32Array.of(odd, 1, ...parts));
      const { isOdd } = neighbours(value);
      expect(isOdd).toBe(false);
      expect(Math.abs(value - odd / 2 ** 25)).toBe(2 ** -25);
    }
  });
});

/** Numbers whose squares sum to n. */
function greedySquares(n: bigint): number[] {
  const parts: number[] = [];
  for (let rest = n; rest > 0n; ) {
    let root = BigInt(Math.floor(Math.sqrt(Number(rest))));
    while (root * root > rest) root--;
    parts.push(Number(root));
    rest -= root * root;
  }
  return parts;
}

/** a² + b² + c² = n, by search from the largest a; n must not be 4^i(8k + 7). */
function threeSquares(n: bigint): number[] {
  const total = Number(n);
  for (let a = Math.floor(Math.sqrt(total)); a > 0; a--) {
    const rest = total - a * a;
    for (let b = Math.floor(Math.sqrt(rest)); b * b * 2 >= rest; b--) {
      const c = Math.round(Math.sqrt(rest - b * b));
      if (c * c === rest - b * b) return [a, b, c];
    }
  }
  throw new Error(`${n} is no sum of three squares`);
}
