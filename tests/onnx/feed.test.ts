// Bytes that become floats on their way into a graph.
import { expect, test } from 'vitest';
import type { Feed, Port } from '#model/bounded-manifest.ts';
import { applyFeed } from '#onnx/feed.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { floats } from './requests.ts';
import { port } from './whole-model.ts';

const withFeed = (feed: Feed): Port => ({ ...port('x', 'float32', ['batch', 3, 'width']), feed });

const bytes = (shape: number[]) => ({
  dtype: 'uint8' as const,
  shape,
  data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => at * 20),
});

test('a scale and an offset for each channel, rounded twice', () => {
  const scale = [1 / 255 / 0.229, 1 / 255 / 0.224, 1 / 255 / 0.225];
  const offset = [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225];
  const given = bytes([2, 3, 2]);
  const fed = applyFeed(withFeed({ dtype: 'uint8', axis: 1, scale, offset }), given);
  expect(fed).toMatchObject({ dtype: 'float32', shape: [2, 3, 2] });
  const expected = Array.from(given.data, (value, at) => {
    const channel = Math.floor(at / 2) % 3;
    return Math.fround(Math.fround(value * scale[channel]) + offset[channel]);
  });
  expect(Array.from(readElements(fed))).toEqual(expected);
});

test('one scale and offset for all, along the last axis', () => {
  const feed: Feed = { dtype: 'uint8', axis: 2, scale: [2 / 255], offset: [-1] };
  const fed = applyFeed(withFeed(feed), bytes([1, 3, 3]));
  const values = Array.from(readElements(fed));
  expect(values[0]).toBe(-1);
  expect(values[5]).toBe(Math.fround(Math.fround((100 * 2) / 255) - 1));
});

test('floats, and inputs without a feed, stay what they are', () => {
  const feed: Feed = { dtype: 'uint8', axis: 1, scale: [1], offset: [0] };
  const plain = floats([1, 3, 1], [0.1, 0.2, 0.3]);
  expect(applyFeed(withFeed(feed), plain)).toBe(plain);
  const given = bytes([1, 3, 1]);
  expect(applyFeed(port('x', 'uint8', [1, 3, 1]), given)).toBe(given);
});
