// A page as the pipeline takes it: plain pixels, decoded elsewhere. Corners and boxes are in its
// pixels, x to the right and y down, with the first pixel's centre at (0.5, 0.5).
import { IdlewildError } from '#protocol/errors.ts';

export interface PageImage {
  width: number;
  height: number;
  /** Red, green and blue of each pixel, row by row; anything transparent is laid on white before. */
  rgb: Uint8Array;
}

/** x, y. */
export type Point = readonly [number, number];

/** Corners of a line: top left, top right, bottom right, bottom left, as its letters stand. */
export type Box = readonly [Point, Point, Point, Point];

/** A page of A4 at 600 dots an inch has 35 million. */
export const pagePixelsMax = 100_000_000;

/** @throws ocr/page-size for an image that is empty, too large, or not what its size says */
export function checkPage({ width, height, rgb }: PageImage): void {
  const isWhole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!isWhole || width * height > pagePixelsMax) {
    throw new IdlewildError('ocr/page-size', `A page of ${width} by ${height} cannot be read.`, {
      metaMessages: [`A page has 1 to ${pagePixelsMax} pixels (pagePixelsMax): scale it down.`],
    });
  }
  if (rgb.length !== 3 * width * height) {
    throw new IdlewildError('ocr/page-size', 'The pixels of the page are not three bytes each.');
  }
}
