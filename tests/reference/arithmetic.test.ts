// The primitives against BigInt, and the 32-bit forms that the norm gives against the formulas.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import {
  exp2,
  gelu,
  multiplyHigh,
  normalize,
  requantize,
  roundedSquareRoot,
  tanh,
} from '#reference/arithmetic.ts';
import { sha256 } from '#sha256';

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1, 65535, 65536, -65536),
);
const word16 = fc.oneof(fc.nat(65535), fc.constantFrom(0, 1, 32767, 32768, 65535));
const word32 = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.nat(31).chain((bit) => fc.integer({ min: -2, max: 2 }).map((d) => Math.max(1, 2 ** bit + d))),
);
const runs = { numRuns: 20_000 };

/** The norm's formula, without limits. */
function formula(x: number, m: number, s: number): bigint {
  return (BigInt(x) * BigInt(m) + (1n << BigInt(s - 1))) >> BigInt(s);
}

/** The norm's form in 32-bit operations. */
function requantize32(x: number, m: number, s: number): number {
  const hi = x >> 16;
  const lo = x & 65535;
  if (s >= 17) {
    const t = (Math.imul(hi, m) + (Math.imul(lo, m) >>> 16)) | 0;
    return ((t >> (s - 17)) + 1) >> 1;
  }
  const low = ((Math.imul(lo, m) >>> 0) + 2 ** (s - 1)) >>> 0;
  return ((Math.imul(hi, m) << (16 - s)) + (low >>> s)) | 0;
}

describe('rq', () => {
  test('is its formula', () => {
    fc.assert(
      fc.property(int32, word16, fc.integer({ min: 1, max: 48 }), (x, m, s) => {
        return BigInt(requantize(x, m, s)) === formula(x, m, s);
      }),
      runs,
    );
  });

  test('has a form in 32 bits, for every shift, wherever the result fits', () => {
    fc.assert(
      fc.property(int32, word16, fc.integer({ min: 1, max: 48 }), (x, m, s) => {
        const exact = formula(x, m, s);
        fc.pre(exact >= -(2n ** 31n) && exact < 2n ** 31n);
        return requantize32(x, m, s) === Number(exact);
      }),
      runs,
    );
  });

  test('at every shift and every extreme', () => {
    for (let s = 1; s <= 48; s++) {
      for (const x of [-(2 ** 31), -65537, -65536, -1, 0, 1, 65535, 65536, 2 ** 31 - 1]) {
        for (const m of [0, 1, 32768, 65535]) {
          const exact = formula(x, m, s);
          expect(BigInt(requantize(x, m, s))).toBe(exact);
          const fits = exact >= -(2n ** 31n) && exact < 2n ** 31n;
          if (fits) expect(requantize32(x, m, s)).toBe(Number(exact));
        }
      }
    }
  });
});

describe('the other primitives', () => {
  test('normalize gives the least m·2^e that is not below a', () => {
    fc.assert(
      fc.property(word32, (a) => {
        const { m, e } = normalize(a);
        const below = m === 2 ** 15 ? 65535 * 2 ** (e - 1) : (m - 1) * 2 ** e;
        const isInRange = m >= 2 ** 15 && m < 2 ** 16 && e >= -15 && e <= 17;
        return isInRange && m * 2 ** e >= a && below < a;
      }),
      runs,
    );
  });

  test('mulhi rounds half up and fits 32 bits throughout', () => {
    fc.assert(
      fc.property(word16, word16, (a, b) => {
        const product = multiplyHigh(a, b);
        const rounded = (BigInt(a) * BigInt(b) + 32768n) >> 16n;
        return product === (Math.imul(a, b) + 32768) >>> 16 && BigInt(product) === rounded;
      }),
      runs,
    );
    expect(multiplyHigh(65535, 65535)).toBe(65534);
  });

  test('isqrt gives the nearest integer', () => {
    fc.assert(
      fc.property(word32, (x) => {
        const root = BigInt(roundedSquareRoot(x));
        // |root - sqrt(x)| < 1/2, squared and times four
        const four = 4n * BigInt(x);
        return (2n * root - 1n) ** 2n < four && (2n * root + 1n) ** 2n > four;
      }),
      runs,
    );
    expect(roundedSquareRoot(0)).toBe(0);
    expect(roundedSquareRoot(2 ** 32 - 1)).toBe(65536);
  });
});

describe('tables', () => {
  const exp2Table = makeExp2Table();
  const geluTable = makeGeluTable();
  const tanhTable = makeTanhTable();

  test('have the digests of the norm', () => {
    expect(toHex(sha256(wordsToBytes(exp2Table)))).toBe(
      '0d61c5fed966c25ad4d7425c62b6396ec6b3653e8b3335ce8763617871ef23f9',
    );
    expect(toHex(sha256(wordsToBytes(geluTable)))).toBe(
      'c00ef52f40aaac8f0f76f880f7426c99a9078752adf7e0b64502da366427880e',
    );
    expect(toHex(sha256(wordsToBytes(tanhTable)))).toBe(
      'f99ea9b195f72591900369a54f45115e7ca280491b20a16be749283041726b35',
    );
  });

  test('exp2 is near the power, falls, and ends at 24 halvings', () => {
    let before = 2 ** 22;
    let worst = 0;
    let rises = 0;
    for (let f = 0; f < 25 * 16384; f += 7) {
      const value = exp2(f, exp2Table);
      worst = Math.max(worst, Math.abs(value - 2 ** (22 - f / 16384)));
      if (value > before) rises++;
      before = value;
    }
    expect(worst).toBeLessThan(6);
    expect(rises).toBe(0);
    expect(exp2(24 * 16384, exp2Table)).toBe(0);
    expect(exp2(2 ** 31 - 1, exp2Table)).toBe(0);
    expect(exp2(2 ** 32 - 1, exp2Table)).toBe(0);
  });

  test('gelu is near the function, and never below -696', () => {
    const x = [-2, -0.751, 0, 0.5, 1, 3, 8, 100];
    const y = [-0.04550026, -0.16997, 0, 0.34573123, 0.84134475, 2.99595031, 8, 100];
    x.forEach((value, i) => {
      const difference = gelu(Math.round(value * 4096), geluTable) / 4096 - y[i];
      expect(Math.abs(difference)).toBeLessThan(4e-4);
    });
    let least = 0;
    for (let value = -40_000; value < 40_000; value++) {
      least = Math.min(least, gelu(value, geluTable));
    }
    expect(least).toBe(-696);
    expect(gelu(-(2 ** 21), geluTable)).toBe(0);
  });

  test('tanh is near the function, odd, and one beyond its table', () => {
    let worst = 0;
    let uneven = 0;
    for (let x = 0; x < 40_000; x += 3) {
      const value = tanh(x, tanhTable);
      worst = Math.max(worst, Math.abs(value / 2 ** 20 - Math.tanh(x / 4096)));
      if (x > 0 && tanh(-x, tanhTable) !== -value) uneven++;
    }
    expect(worst).toBeLessThan(2.5e-5);
    expect(uneven).toBe(0);
    expect(tanh(32768, tanhTable)).toBe(2 ** 20);
    expect(tanh(-(2 ** 21) + 1, tanhTable)).toBe(-(2 ** 20));
  });
});
