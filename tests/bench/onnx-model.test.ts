// How weights become the words of the float rivals' files.
import { expect, test } from 'vitest';
import { quantizeNBits, toHalf } from './onnx-model-tensors.ts';

test('float16 words are the nearest, ties to even', () => {
  const known: [number, number][] = [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2],
    [2 ** -14, 0x400],
    [2 ** -14 - 2 ** -26, 0x400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ];
  for (const [value, word] of known) expect([value, toHalf(value)]).toEqual([value, word]);
  expect(() => toHalf(65520)).toThrow('does not fit float16');
});

test('blocks of 4 bits hold the largest magnitude exactly and the rest within half a step', () => {
  const weight = Float32Array.from({ length: 64 }, (_, k) => (k < 32 ? k - 20 : 0));
  const { packed, scales } = quantizeNBits(weight);
  expect(scales[0]).toBe(20 / 8);
  const level = (k: number) => ((packed[k >> 1] >> (4 * (k & 1))) & 15) - 8;
  for (let k = 0; k < 64; k++) {
    const error = level(k) * scales[k >> 5] - weight[k];
    expect(Math.abs(error)).toBeLessThanOrEqual(Math.abs(scales[k >> 5]) / 2);
  }
  expect(level(0)).toBe(-8);
});
