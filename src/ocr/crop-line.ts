// One line of a page, turned upright and scaled to the recognizer's height, sampled from the page in
// one step so that nothing is blurred twice.
import type { Box, PageImage, Point } from './page-image.ts';

export interface LineImage {
  width: number;
  height: number;
  /** Red, green and blue of each pixel, row by row, 0 to 255 and not rounded. */
  values: Float32Array;
}

/** Samples across one pixel of the result: enough for lines of 400 pixels in height. */
const samplesMax = 8;

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

/** Adds the colour at a place, bilinear; off the page, that of its edge. */
function addSample(page: PageImage, x: number, y: number, sum: Float64Array): void {
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  const rightShare = x - 0.5 - left;
  const lowerShare = y - 0.5 - top;
  const column = 3 * clamp(left, page.width - 1);
  const nextColumn = 3 * clamp(left + 1, page.width - 1);
  const row = 3 * page.width * clamp(top, page.height - 1);
  const nextRow = 3 * page.width * clamp(top + 1, page.height - 1);
  const { rgb } = page;
  for (let channel = 0; channel < 3; channel++) {
    const upper =
      rgb[row + column + channel] * (1 - rightShare) + rgb[row + nextColumn + channel] * rightShare;
    const lower =
      rgb[nextRow + column + channel] * (1 - rightShare) +
      rgb[nextRow + nextColumn + channel] * rightShare;
    sum[channel] += upper * (1 - lowerShare) + lower * lowerShare;
  }
}

/**
 * @param box a parallelogram; what lies above its top edge in the result lay along that edge
 * @param widthMax wider lines are squeezed
 */
export function cropLine(
  page: PageImage,
  box: Box,
  { height, widthMax }: { height: number; widthMax: number },
): LineImage {
  const [topLeft, topRight, , bottomLeft] = box;
  const boxWidth = distance(topLeft, topRight);
  const boxHeight = distance(topLeft, bottomLeft);
  const width = Math.max(1, Math.min(widthMax, Math.ceil((height * boxWidth) / boxHeight)));
  const across = Math.max(1, Math.min(samplesMax, Math.ceil(boxWidth / width)));
  const down = Math.max(1, Math.min(samplesMax, Math.ceil(boxHeight / height)));
  const values = new Float32Array(3 * width * height);
  const sum = new Float64Array(3);
  for (let at = 0; at < width * height; at++) {
    const column = at % width;
    const row = (at - column) / width;
    sum.fill(0);
    for (let sample = 0; sample < across * down; sample++) {
      const s = (column + ((sample % across) + 0.5) / across) / width;
      const t = (row + (Math.floor(sample / across) + 0.5) / down) / height;
      const x = topLeft[0] + s * (topRight[0] - topLeft[0]) + t * (bottomLeft[0] - topLeft[0]);
      const y = topLeft[1] + s * (topRight[1] - topLeft[1]) + t * (bottomLeft[1] - topLeft[1]);
      addSample(page, x, y, sum);
    }
    for (let channel = 0; channel < 3; channel++) {
      values[3 * at + channel] = sum[channel] / (across * down);
    }
  }
  return { width, height, values };
}
