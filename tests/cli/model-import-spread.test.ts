// The import's arithmetic: spreads, tolerances, and examples that are alike everywhere.
import { describe, expect, it } from 'vitest';
import { chooseShapes, growShapes, makeExample, moveExample } from '#cli/model-import-examples.ts';
import {
  measureSpread,
  roundSpread,
  tolerateAll,
  tolerateGiven,
  widestOf,
} from '#cli/model-import-spread.ts';
import type { Port } from '#model/bounded-manifest.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { tensorFromJson } from '#protocol/tensor-json.ts';

const row = (...data: number[]): TensorMap => ({
  y: tensorFromJson({ dtype: 'float32', shape: [data.length], data }, 'y'),
});

describe('a spread', () => {
  it('is the largest difference, and by share only of what is not small', () => {
    const { y } = measureSpread(row(100, 0.5, 0), row(100, 0.25, 0.125));
    expect([y.absolute, y.relative]).toEqual([0.25, 0]);
    const { y: other } = measureSpread(row(100, 50), row(100, 49));
    expect([other.absolute, other.relative]).toEqual([1, 0.02]);
    expect(measureSpread(row(1, 0), row(0, 1)).y.cosine).toBe(0);
  });

  it('of several is the widest of each', () => {
    const spreads = [measureSpread(row(4, 4), row(4, 3)), measureSpread(row(4, 8), row(4, 8))];
    expect(widestOf(spreads).y).toMatchObject({ absolute: 1, relative: 0.25 });
  });

  it('is none of what is not finite, or of another length', () => {
    const infinite: TensorMap = {
      y: { dtype: 'float32', shape: [1], data: Uint8Array.of(0, 0, 0x80, 0x7f) },
    };
    expect(() => measureSpread(infinite, infinite)).toThrow(/not finite[\s\S]*--range/);
    expect(() => measureSpread(row(1), row(1, 2))).toThrow(/another length/);
  });

  it('is written in one digit, upwards', () => {
    const spread = { y: { absolute: 0.0123, relative: 3e-7, cosine: 0.97 } };
    expect(roundSpread(spread).y.absolute).toBe(0.02);
    expect(roundSpread(spread).y.relative).toBe(5e-7);
    expect(roundSpread(spread).y.cosine).toBeCloseTo(0.95, 12);
    const exact = { y: { absolute: 0.2, relative: 1e-7, cosine: 1 } };
    expect(roundSpread(exact)).toEqual(exact);
  });
});

describe('a tolerance', () => {
  it('is the margin times the spread', () => {
    const spread = { y: { absolute: 0.01, relative: 1e-3, cosine: 1 - 9e-7 } };
    const { y } = tolerateAll(spread, [row(1, -2)], 10);
    expect([y.absolute, y.relative]).toEqual([0.1, 0.01]);
    expect(1 - y.cosine).toBeCloseTo(1e-4, 9);
  });

  it('is never narrower than float32’s own, by the largest element', () => {
    const spread = { y: { absolute: 0, relative: 0, cosine: 1 } };
    const { y } = tolerateAll(spread, [row(1, -2000), row(3)], 16);
    expect(y).toEqual({ absolute: 0.002, relative: 1e-5, cosine: 1 - 1e-9 });
  });
});

const ports: Port[] = [
  { name: 'ids', dtype: 'int64', shape: ['batch', 'tokens'], feed: null },
  { name: 'mask', dtype: 'bool', shape: ['batch', 'tokens'], feed: null },
  { name: 'scale', dtype: 'float32', shape: [1], feed: null },
];
const shapes = { ids: [1, 8], mask: [1, 8], scale: [1] };

describe('an example', () => {
  it('has the shapes that are fixed or given, and asks for the others', () => {
    expect(chooseShapes(ports, { ids: [1, 8], mask: [1, 8] })).toEqual(shapes);
    expect(() => chooseShapes(ports, {})).toThrow(/--example ids=1,64/);
    expect(() => chooseShapes(ports, { ids: [1, 8, 1] })).toThrow(/the example \[1, 8, 1\]/);
    expect(() => chooseShapes(ports, { x: [1] })).toThrow(/no input x: it has ids, mask, scale/);
  });

  it('grows along one axis, wherever that stands', () => {
    expect(growShapes(ports, shapes)).toEqual({ ids: [1, 16], mask: [1, 16], scale: [1] });
    expect(growShapes([ports[2]], { scale: [1] })).toBeNull();
  });

  it('is the same each time, within its range, and another by another seed', () => {
    const ranges = { ids: [5, 9] as const };
    const make = (seed: number) => makeExample(ports, { shapes, ranges, seed });
    expect(make(1)).toEqual(make(1));
    expect(make(2)).not.toEqual(make(1));
    const ids = Array.from(readElements(make(1).ids));
    expect([ids.length, Math.min(...ids) >= 5, Math.max(...ids) <= 9]).toEqual([8, true, true]);
    expect(Math.abs(readElements(make(1).scale)[0])).toBeLessThanOrEqual(1);
  });

  it('moves by a last bit or so, integers not at all', () => {
    const example = makeExample(ports, { shapes, ranges: {}, seed: 1 });
    const moved = moveExample(example, 1);
    expect(moved.ids).toBe(example.ids);
    const [before, after] = [readElements(example.scale)[0], readElements(moved.scale)[0]];
    expect(after).not.toBe(before);
    expect(Math.abs(after / before - 1)).toBeLessThan(2 ** -21);
  });
});

describe('a tolerance that was given', () => {
  const given = { absolute: 1e-3, relative: 0, cosine: 0.9999 };

  it('stands for every output', () => {
    const spread = measureSpread(row(0.5, 0.25), row(0.5004, 0.25));
    expect(tolerateGiven(spread, given)).toEqual({ y: given });
  });

  it('is refused where the ways of one machine are further apart', () => {
    const apart = measureSpread(row(0.5, 0.25), row(0.502, 0.25));
    expect(() => tolerateGiven(apart, given)).toThrow(/more than --tolerance allows/);
    const turned = measureSpread(row(1e-4, 0), row(0, 1e-4));
    expect(() => tolerateGiven(turned, given)).toThrow(/Measured: 0\.0000999\d*,1,0/);
  });
});
