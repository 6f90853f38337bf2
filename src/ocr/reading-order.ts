// The order in which a page's lines are read: bands from top to bottom; bands that share a gutter are
// columns, each read to its end, or the rows of a table, if a column is too narrow for prose. A
// recursive cut along white space (Nagy and Seth 1984) that prefers the longest gutters.
import type { Box } from './page-image.ts';

/** Gaps of this many line heights part columns; boxes are a little wider than their letters. */
const gutterMin = 0.5;
/** Prose is set in lines of this many times their height, or longer. */
const proseWidthMin = 5;

/** A line in the frame of the page's letters: x along the lines, y down. */
interface Place {
  index: number;
  left: number;
  right: number;
  /** Of the middle half of its height: lines that stand close do not overlap in it. */
  top: number;
  bottom: number;
  height: number;
}

interface Span {
  first: number;
  last: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Mean direction of the lines, long ones counting for more. */
function directionOf(boxes: readonly Box[]): readonly [number, number] {
  let [x, y] = [0, 0];
  for (const [topLeft, topRight] of boxes) {
    const [dx, dy] = [topRight[0] - topLeft[0], topRight[1] - topLeft[1]];
    // Squares of lengths: a lone character says nothing of the slope.
    const length = Math.hypot(dx, dy);
    x += dx * length;
    y += dy * length;
  }
  const length = Math.hypot(x, y);
  return length === 0 ? [1, 0] : [x / length, y / length];
}

function placesOf(boxes: readonly Box[]): Place[] {
  const [ux, uy] = directionOf(boxes);
  return boxes.map((box, index) => {
    const along = box.map(([x, y]) => x * ux + y * uy);
    const down = box.map(([x, y]) => y * ux - x * uy);
    const middle = (down[0] + down[1] + down[2] + down[3]) / 4;
    const height = (down[2] + down[3] - down[0] - down[1]) / 2;
    return {
      index,
      left: Math.min(along[0], along[3]),
      right: Math.max(along[1], along[2]),
      top: middle - height / 4,
      bottom: middle + height / 4,
      height,
    };
  });
}

/** Groups whose spans are parted by more than `gap`, in the order of the axis. */
function cut(places: readonly Place[], spanOf: (place: Place) => Span, gap: number): Place[][] {
  const sorted = [...places].sort((a, b) => spanOf(a).first - spanOf(b).first);
  const groups: Place[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const place of sorted) {
    const { first, last } = spanOf(place);
    if (groups.length === 0 || first - end > gap) groups.push([]);
    groups[groups.length - 1].push(place);
    end = Math.max(end, last);
  }
  return groups;
}

const rowsOf = (places: readonly Place[]) =>
  cut(places, ({ top, bottom }) => ({ first: top, last: bottom }), 0);

function columnsOf(places: readonly Place[]): Place[][] {
  const gap = gutterMin * median(places.map(({ height }) => height));
  return cut(places, ({ left, right }) => ({ first: left, last: right }), gap);
}

function isProse(column: readonly Place[]): boolean {
  const widths = column.map(({ left, right, height }) => (right - left) / height);
  return median(widths) >= proseWidthMin;
}

/** Bands that share a gutter, as many as do from the first on. */
function takeRun(bands: readonly Place[][]): Place[][] {
  let run = [bands[0]];
  for (let count = 2; count <= bands.length; count++) {
    const longer = bands.slice(0, count);
    if (columnsOf(longer.flat()).length === 1) break;
    run = longer;
  }
  return run;
}

function order(places: readonly Place[]): Place[] {
  if (places.length < 2) return [...places];
  const columns = columnsOf(places);
  if (columns.length > 1) return orderColumns(places, columns);
  const bands = rowsOf(places);
  if (bands.length === 1) return [...places].sort((a, b) => a.left - b.left);
  const ordered: Place[] = [];
  for (let rest = bands; rest.length > 0; ) {
    const run = takeRun(rest);
    ordered.push(...order(run.flat()));
    rest = rest.slice(run.length);
  }
  return ordered;
}

function orderColumns(places: readonly Place[], columns: readonly Place[][]): Place[] {
  if (columns.every(isProse)) return columns.flatMap(order);
  return rowsOf(places).flatMap((row) => [...row].sort((a, b) => a.left - b.left));
}

/** @returns indices of the boxes, in the order in which they are read */
export function readingOrder(boxes: readonly Box[]): number[] {
  return order(placesOf(boxes)).map(({ index }) => index);
}
