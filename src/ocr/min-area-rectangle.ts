// The smallest rectangle, at any angle, around points: one of its sides lies along an edge of their
// convex hull (Freeman and Shapira 1975).
import type { Point } from './page-image.ts';

export interface Rectangle {
  centre: Point;
  /** Unit vector along the rectangle's width, at most 45 degrees away from the x axis. */
  along: Point;
  width: number;
  height: number;
}

function cross(o: Point, a: Point, b: Point): number {
  return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

/** Andrew's monotone chain. */
function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (
        chain.length > 1 &&
        cross(chain[chain.length - 2], chain[chain.length - 1], point) <= 0
      )
        chain.pop();
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return sorted.length < 3 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

function rectangleAlong(hull: readonly Point[], along: Point): Rectangle {
  const [ux, uy] = along;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of hull) {
    const s = x * ux + y * uy;
    const t = y * ux - x * uy;
    left = Math.min(left, s);
    right = Math.max(right, s);
    top = Math.min(top, t);
    bottom = Math.max(bottom, t);
  }
  const s = (left + right) / 2;
  const t = (top + bottom) / 2;
  const centre: Point = [s * ux - t * uy, s * uy + t * ux];
  return { centre, along, width: right - left, height: bottom - top };
}

/** The same direction or a right angle to it, whichever is nearer to the x axis, pointing right. */
function nearHorizontal(x: number, y: number): Point {
  const length = Math.hypot(x, y);
  const [ux, uy] =
    Math.abs(x) >= Math.abs(y) ? [x / length, y / length] : [y / length, -x / length];
  return ux < 0 ? [-ux, -uy] : [ux, uy];
}

/** @param points at least one */
export function minAreaRectangle(points: readonly Point[]): Rectangle {
  const hull = convexHull(points);
  let best = rectangleAlong(hull, [1, 0]);
  for (const [i, [x, y]] of hull.entries()) {
    const [nextX, nextY] = hull[(i + 1) % hull.length];
    if (nextX === x && nextY === y) continue;
    const rectangle = rectangleAlong(hull, nearHorizontal(nextX - x, nextY - y));
    if (rectangle.width * rectangle.height < best.width * best.height) best = rectangle;
  }
  return best;
}
