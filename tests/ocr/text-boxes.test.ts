// From a probability map to boxes on the page.
import { expect, test } from 'vitest';
import { lineBoxes } from '#ocr/line-boxes.ts';
import { minAreaRectangle } from '#ocr/min-area-rectangle.ts';
import { findRegions, type ProbabilityMap } from '#ocr/regions.ts';
import { findTextBoxes } from '#ocr/text-boxes.ts';

const options = { pixelThreshold: 0.3, boxThreshold: 0.6, growth: 1.5 };

/** Each picture's line a row: 9 is 0.9, a dot 0. */
function mapOf(...rows: string[]): ProbabilityMap {
  const values = rows.flatMap((row) => [...row].map((digit) => Number(digit) / 10 || 0));
  return { width: rows[0].length, height: rows.length, values };
}

/** A map with a bar of 0.9, turned about the middle. */
function barMap(degrees: number, length = 80, thickness = 8): ProbabilityMap {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const size = 121;
  const values = Array.from({ length: size * size }, (_, at) => {
    const [x, y] = [(at % size) - 60, Math.floor(at / size) - 60];
    const inside =
      Math.abs(x * cos + y * sin) <= length / 2 && Math.abs(y * cos - x * sin) <= thickness / 2;
    return inside ? 0.9 : 0;
  });
  return { width: size, height: size, values };
}

test('regions touch at sides and corners, and branches that meet are one', () => {
  const regions = findRegions(mapOf('99..9', '..9..', '.....', '9.9.9', '999.9'), 0.3);
  const sizes = regions.map((points) => new Set(points.map(String)).size).sort();
  // A diagonal, a corner alone, a cup whose sides meet at its foot, and a stroke.
  expect(sizes).toEqual([1, 2, 3, 4]);
});

test('the smallest rectangle lies along the points', () => {
  const { centre, along, width, height } = minAreaRectangle([
    [0, 0],
    [30, 10],
    [27, 19],
    [-3, 9],
    [15, 10],
  ]);
  expect(centre[0]).toBeCloseTo(13.5);
  expect(centre[1]).toBeCloseTo(9.5);
  expect(Math.atan2(along[1], along[0])).toBeCloseTo(Math.atan2(10, 30));
  expect(width).toBeCloseTo(Math.hypot(30, 10));
  expect(height).toBeCloseTo(Math.hypot(3, 9));
});

test('one point and a row of points have rectangles', () => {
  expect(minAreaRectangle([[3, 4]])).toMatchObject({ centre: [3, 4], width: 0, height: 0 });
  const row = minAreaRectangle([
    [0, 5],
    [9, 5],
  ]);
  expect([row.width, row.height]).toEqual([9, 0]);
});

test.each([0, 7, -20, 40])('a bar at %i degrees gets a box that has grown', (degrees) => {
  const [box, ...others] = findTextBoxes(barMap(degrees), options);
  expect(others).toHaveLength(0);
  const { centre, along, width, height } = box.rectangle;
  const grown = (80 * 8 * 1.5) / (2 * 88);
  expect(centre[0]).toBeCloseTo(60, 0);
  expect(centre[1]).toBeCloseTo(60, 0);
  expect(Math.abs((Math.atan2(along[1], along[0]) * 180) / Math.PI - degrees)).toBeLessThan(1.5);
  expect(Math.abs(width - (80 + 2 * grown))).toBeLessThan(3);
  expect(Math.abs(height - (8 + 2 * grown))).toBeLessThan(3);
  expect(box.score).toBeGreaterThan(0.75);
});

test('specks and what is hardly text get none', () => {
  expect(findTextBoxes(barMap(0, 80, 1), options)).toHaveLength(0);
  const faint = barMap(0);
  const values = Array.from(faint.values, (value) => value * 0.5);
  expect(findTextBoxes({ ...faint, values }, options)).toHaveLength(0);
});

test('boxes are scaled to the page, and tall ones may be read up or down', () => {
  const upright = { centre: [50, 10], along: [1, 0], width: 60, height: 8 } as const;
  const digit = { centre: [90, 40], along: [1, 0], width: 5, height: 9 } as const;
  const spine = { centre: [10, 50], along: [1, 0], width: 8, height: 60 } as const;
  const found = lineBoxes(
    [upright, digit, spine],
    { width: 100, height: 100 },
    {
      width: 200,
      height: 300,
    },
  );
  expect(found.map((ways) => ways.length)).toEqual([1, 1, 2]);
  expect(found[0][0]).toEqual([
    [41, 19.5],
    [161, 19.5],
    [161, 43.5],
    [41, 43.5],
  ]);
  const [down, up] = found[2];
  // Letters that lean to the right begin at the top right corner; to the left, at the lower left.
  expect(down[0]).toEqual([29, 61.5]);
  expect(up[0]).toEqual([13, 241.5]);
});
