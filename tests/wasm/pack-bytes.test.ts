// Weights of seven bits as the relaxed dot reads them: each where it belongs, and none but those.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LinearWeights } from '#model/encoder.ts';
import { packBytes } from '#wasm/relaxed-lane.ts';

const weightsOf = (outputs: number, inputs: number, most = 63) =>
  fc
    .array(fc.integer({ min: -most, max: most }), {
      minLength: outputs * inputs,
      maxLength: outputs * inputs,
    })
    .map((values) => Int8Array.from(values));

const linear = (weight: Int8Array, outliers: number[]): LinearWeights => ({
  inputs: 16,
  outputs: 16,
  weight,
  scale: new Uint16Array(16),
  shift: 0,
  bias: new Int32Array(16),
  outliers: Uint16Array.from(outliers),
});

test.each([[[]], [[1, 2, 7, 15]], [[0, 1, 2, 3, 8, 9, 10, 12]]])('outliers %j', (outliers) => {
  const columns = [...outliers, ...Array(16).keys()];
  fc.assert(
    fc.property(weightsOf(16, 16), (weight) => {
      const packed = new Uint8Array(16 * columns.length);
      packBytes(linear(weight, outliers), packed);
      const expected: number[] = [];
      for (let panel = 0; panel < 16; panel += 8) {
        for (let k = 0; k < columns.length; k += 4) {
          for (let n = panel; n < panel + 8; n++) {
            for (const column of columns.slice(k, k + 4)) {
              expected.push(weight[16 * n + column] + 64);
            }
          }
        }
      }
      expect([...packed]).toEqual(expected);
    }),
  );
});

test('any weight beyond seven bits is refused, wherever it stands', () => {
  fc.assert(
    fc.property(
      weightsOf(16, 16),
      fc.nat(255),
      fc.oneof(fc.integer({ min: 64, max: 127 }), fc.integer({ min: -128, max: -64 })),
      (weight, at, value) => {
        weight[at] = value;
        const pack = () => packBytes(linear(weight, []), new Uint8Array(256));
        expect(pack).toThrow('seven-bit weights lie in ±63');
      },
    ),
  );
});

test('weights that begin anywhere in their buffer are packed alike', () => {
  const buffer = new Int8Array(260).map((_, i) => (i % 127) - 63);
  const packed = [buffer.subarray(1, 257), buffer.slice(1, 257)].map((weight) => {
    const bytes = new Uint8Array(256);
    packBytes(linear(weight, []), bytes);
    return bytes;
  });
  expect(packed[0]).toEqual(packed[1]);
});
