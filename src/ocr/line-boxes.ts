// Boxes of the detector's map as boxes on the page, each with the ways in which its letters may stand.
import type { Rectangle } from './min-area-rectangle.ts';
import type { Box, PageImage, Point } from './page-image.ts';
import type { ProbabilityMap } from './regions.ts';

/** A box higher than this many widths may be a line that runs up or down the page; */
const tallness = 1.5;
/** but not if it is hardly higher than other lines are: then it is a "1" or an "I". */
const tallerThanLines = 2;

function cornersOf(
  { centre, along: [ux, uy], width, height }: Rectangle,
  [scaleX, scaleY]: Point,
): Box {
  const corner = (s: number, t: number): Point => [
    (centre[0] + 0.5 + (s * width * ux - t * height * uy) / 2) * scaleX,
    (centre[1] + 0.5 + (s * width * uy + t * height * ux) / 2) * scaleY,
  ];
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}

/** The corners, from the one that is the letters' top left if they lean to the right, or the left. */
function turned([a, b, c, d]: Box): Box[] {
  return [
    [b, c, d, a],
    [d, a, b, c],
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** @returns for each rectangle its box on the page; two for one whose letters lie on their side */
export function lineBoxes(
  rectangles: readonly Rectangle[],
  map: Pick<ProbabilityMap, 'width' | 'height'>,
  page: Pick<PageImage, 'width' | 'height'>,
): Box[][] {
  const scale: Point = [page.width / map.width, page.height / map.height];
  const usual = median(rectangles.map(({ width, height }) => Math.min(width, height)));
  return rectangles.map((rectangle) => {
    const box = cornersOf(rectangle, scale);
    const { width, height } = rectangle;
    const isTall = height > tallness * width && height > tallerThanLines * usual;
    return isTall ? turned(box) : [box];
  });
}
