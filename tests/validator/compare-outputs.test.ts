// When two outputs of a bounded unit agree, by each kind of comparison.
import { describe, expect, test } from 'vitest';
import type { Comparison } from '#protocol/comparison.ts';
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';
import { agree } from '#validator/compare-outputs.ts';

const bytes = (array: ArrayBufferView<ArrayBuffer>) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const floats = (shape: number[], values: number[]): TensorValue => ({
  dtype: 'float32',
  shape,
  data: bytes(new Float32Array(values)),
});
const longs = (values: bigint[]): TensorValue => ({
  dtype: 'int64',
  shape: [values.length],
  data: bytes(new BigInt64Array(values)),
});
const y = (tensor: TensorValue): TensorMap[] => [{ y: tensor }];

const close = (absolute: number, relative = 0, cosine = -1): Comparison => ({
  kind: 'close',
  outputs: { y: { absolute, relative, cosine } },
});

describe('close', () => {
  test('by the largest difference, absolute and relative', () => {
    const one = y(floats([2], [1, 100]));
    expect(agree(close(0.5), one, y(floats([2], [1.5, 99.5])))).toBe(true);
    expect(agree(close(0.5), one, y(floats([2], [1, 99.25])))).toBe(false);
    expect(agree(close(0, 0.01), one, y(floats([2], [1, 99.25])))).toBe(true);
    expect(agree(close(0, 0.01), one, y(floats([2], [1.25, 100])))).toBe(false);
  });

  test('by direction', () => {
    const one = y(floats([2], [1, 0]));
    expect(agree(close(2, 0, 0.99), one, y(floats([2], [1, 0.0625])))).toBe(true);
    expect(agree(close(2, 0, 0.99), one, y(floats([2], [1, 0.5])))).toBe(false);
    expect(agree(close(2, 0, 0.99), y(floats([1], [0])), y(floats([1], [0])))).toBe(true);
  });

  test('never where a shape or a type differs, an output is missing, or nothing is a number', () => {
    const one = y(floats([2], [1, 2]));
    expect(agree(close(9), one, y(floats([1, 2], [1, 2])))).toBe(false);
    expect(agree(close(9), one, y(longs([1n])))).toBe(false);
    expect(agree(close(9), one, [{ z: floats([2], [1, 2]) }])).toBe(false);
    expect(agree(close(9), one, [])).toBe(false);
    const broken = y(floats([2], [Number.NaN, 2]));
    expect(agree(close(9), broken, broken)).toBe(false);
    const endless = y(floats([1], [Number.POSITIVE_INFINITY]));
    expect(agree(close(9, 1), endless, endless)).toBe(false);
  });
});

describe('argmax', () => {
  const text = (collapse: boolean): Comparison => ({
    kind: 'argmax',
    output: 'y',
    axis: 2,
    collapse,
  });
  /** Steps of three classes, of which one is the largest. */
  const steps = (ids: number[], noise = 0) =>
    y(
      floats(
        [1, ids.length, 3],
        ids.flatMap((id) => [0, 1, 2].map((k) => (k === id ? 1 : noise))),
      ),
    );

  test('equal places, whatever the numbers', () => {
    expect(agree(text(false), steps([1, 2, 0]), steps([1, 2, 0], 0.75))).toBe(true);
    expect(agree(text(false), steps([1, 2, 0]), steps([1, 2, 2]))).toBe(false);
  });

  test('as CTC reads them: repeats and blanks are nothing', () => {
    expect(agree(text(true), steps([1, 1, 0, 2]), steps([0, 1, 2, 2, 0]))).toBe(true);
    expect(agree(text(true), steps([1, 0, 1]), steps([1, 1, 1]))).toBe(false);
  });

  test('along an inner axis too', () => {
    const inner: Comparison = { kind: 'argmax', output: 'y', axis: -2, collapse: false };
    const a = y(floats([2, 2], [1, 0, 0, 1]));
    expect(agree(inner, a, y(floats([2, 2], [3, 0, 2, 9])))).toBe(true);
    expect(agree(inner, a, y(floats([2, 2], [0, 0, 1, 1])))).toBe(false);
  });
});

test('equal integers, and other outputs do not matter', () => {
  const equal: Comparison = { kind: 'equal', output: 'y' };
  const one = [{ y: longs([5n, 7n]), z: floats([1], [1]) }];
  expect(agree(equal, one, [{ y: longs([5n, 7n]), z: floats([1], [2]) }])).toBe(true);
  expect(agree(equal, one, [{ y: longs([5n, 8n]), z: floats([1], [1]) }])).toBe(false);
  expect(agree(equal, one, [{ y: longs([5n]), z: floats([1], [1]) }])).toBe(false);
});

test('integers beyond what a number holds: equal by their bytes, close to nothing, and no error', () => {
  const huge = [{ y: longs([2n ** 60n]) }];
  const next = [{ y: longs([2n ** 60n + 1n]) }];
  const equal: Comparison = { kind: 'equal', output: 'y' };
  expect(agree(equal, huge, huge)).toBe(true);
  expect(agree(equal, huge, next)).toBe(false);
  expect(agree(close(9), huge, huge)).toBe(false);
  const largest: Comparison = { kind: 'argmax', output: 'y', axis: 0, collapse: false };
  expect(agree(largest, huge, huge)).toBe(false);
});
