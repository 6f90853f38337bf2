// Connected regions of the probability map above a threshold, each as the ends of its runs: all that
// its convex hull needs.
import type { Point } from './page-image.ts';

export interface ProbabilityMap {
  width: number;
  height: number;
  /** 0 to 1, row by row. */
  values: ArrayLike<number>;
}

interface Run {
  y: number;
  /** First and last column. */
  left: number;
  right: number;
}

function runsOf(map: ProbabilityMap, y: number, threshold: number): Run[] {
  const runs: Run[] = [];
  const row = y * map.width;
  for (let x = 0; x < map.width; x++) {
    if (map.values[row + x] <= threshold) continue;
    const left = x;
    while (x + 1 < map.width && map.values[row + x + 1] > threshold) x++;
    runs.push({ y, left, right: x });
  }
  return runs;
}

/** The root of a tree of joined sets, its path halved on the way. */
function rootOf(parents: number[], index: number): number {
  let at = index;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]];
    at = parents[at];
  }
  return at;
}

/** @returns for each region that touches at sides or corners, the centres of its runs' ends */
export function findRegions(map: ProbabilityMap, threshold: number): Point[][] {
  const runs: Run[] = [];
  const parents: number[] = [];
  let previousStart = 0;
  for (let y = 0; y < map.height; y++) {
    const start = runs.length;
    let above = previousStart;
    for (const run of runsOf(map, y, threshold)) {
      const index = runs.push(run) - 1;
      parents.push(index);
      while (above < start && runs[above].right < run.left - 1) above++;
      for (let at = above; at < start && runs[at].left <= run.right + 1; at++) {
        parents[rootOf(parents, at)] = rootOf(parents, index);
      }
    }
    previousStart = start;
  }
  const regions = new Map<number, Point[]>();
  for (const [index, { y, left, right }] of runs.entries()) {
    const root = rootOf(parents, index);
    const points = regions.get(root) ?? [];
    points.push([left, y], [right, y]);
    regions.set(root, points);
  }
  return [...regions.values()];
}
