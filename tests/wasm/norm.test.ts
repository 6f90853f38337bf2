// assembly/norm.ts against the oracle: every size of value, the widest sum of squares, rounding.
import { beforeAll, describe, expect, test } from 'vitest';
import type { NormWeights } from '#model/encoder.ts';
import { makeRandom } from '#model/synthetic.ts';
import { normalizeRow } from '#reference/rows.ts';
import { activationKinds, makeActivations, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});

function makeNorm(columns: number, shift: number): NormWeights {
  const random = makeRandom(columns + shift);
  // |gamma| · 2^(25 - shift) stays below 2^30, as model/bounds.ts asks of a real model.
  const most = Math.min(65535, 2 ** (5 + shift) - 1);
  const special = [0, most, -most, 1, -1];
  return {
    gamma: Int32Array.from({ length: columns }, (_, i) => special[i] ?? random(2 * most) - most),
    shift,
    beta: Int32Array.from({ length: columns }, () => random(2 ** 23) - 2 ** 22),
  };
}

function expectNorm(rows: Int32Array[], weights: NormWeights) {
  const columns = rows[0].length;
  const x = bench.put(Int32Array.from(rows.flatMap((row) => [...row])));
  const gamma = bench.put(weights.gamma);
  const beta = bench.put(weights.beta);
  bench.kernels.normalizeRows(x, rows.length, columns, gamma, beta, weights.shift);
  rows.forEach((row, index) => {
    const actual = bench.words(x + 4 * index * columns, columns);
    expect(actual, `row ${index}`).toEqual(normalizeRow(row, weights));
  });
  bench.clear();
}

/** Three numbers whose squares sum to n. */
function threeSquares(n: number): number[] {
  for (let a = 0; a * a <= n; a++) {
    for (let b = 0; a * a + b * b <= n; b++) {
      const c = Math.sqrt(n - a * a - b * b);
      if (Number.isInteger(c)) return [a, b, c];
    }
  }
  throw new RangeError(`${n} is not a sum of three squares.`);
}

describe('normalizeRows', () => {
  test.each([16, 32, 48, 384, 768, 1024])('%i columns of every kind', (columns) => {
    const random = makeRandom(columns);
    const rows = activationKinds.map((kind) => makeActivations(kind, columns, random));
    expectNorm(rows, makeNorm(columns, 24));
  });

  test.each([1, 5, 9, 15, 16, 17, 24, 33, 40])('a shift of %i', (shift) => {
    const random = makeRandom(shift);
    const rows = activationKinds.map((kind) => makeActivations(kind, 64, random));
    expectNorm(rows, makeNorm(64, shift));
  });

  test('one column far from the others, at every size', () => {
    const rows: Int32Array[] = [];
    for (let bit = 0; bit <= 21; bit++) {
      const size = Math.min(2 ** bit, 2 ** 21 - 1);
      for (const base of [0, -3, 2 ** 21 - 1, 1 - 2 ** 21]) {
        const row = new Int32Array(48).fill(base);
        row[bit] = base > 0 ? base - size : base + size;
        rows.push(row);
      }
    }
    expectNorm(rows, makeNorm(48, 24));
  });

  test('half at each extreme: the widest sum of squares', () => {
    const widest = Int32Array.from({ length: 1024 }, (_, i) => (i % 2 ? 1 : -1) * (2 ** 21 - 1));
    expectNorm([widest], makeNorm(1024, 20));
  });

  test('a sum of squares whose root lies just below a half', () => {
    // Σd² = r·(r + 1): isqrt must give r, not r + 1.
    const r = 56569;
    const squares = threeSquares((r * (r + 1)) / 2 - 40_000 ** 2);
    const row = Int32Array.of(...[40_000, ...squares].flatMap((d) => [d, -d]), ...Array(8).fill(0));
    expect(row.reduce((sum, d) => sum + d * d, 0)).toBe(r * (r + 1));
    expectNorm([row], makeNorm(16, 20));
  });

  test('means that round: sums of every residue, both signs', () => {
    const rows = Array.from({ length: 64 }, (_, residue) => {
      const row = new Int32Array(32).fill(residue < 32 ? 5 : -5);
      for (let i = 0; i < residue % 32; i++) row[i] += 1;
      return row;
    });
    expectNorm(rows, makeNorm(32, 24));
  });
});
