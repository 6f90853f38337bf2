// From the detector's probability map to boxes around lines: the post-processing of Liao et al. 2019
// (https://arxiv.org/abs/1911.08947), with PaddleOCR's figures for PP-OCRv4.
import { minAreaRectangle, type Rectangle } from './min-area-rectangle.ts';
import { findRegions, type ProbabilityMap } from './regions.ts';

export interface BoxOptions {
  /** A pixel above this is text. */
  pixelThreshold: number;
  /** Least mean probability inside a box. */
  boxThreshold: number;
  /**
   * The map shows lines shrunk; a box grows on every side by its area times this over its
   * circumference.
   */
  growth: number;
}

/** Boxes thinner than this, in pixels of the map, are specks; and after growth, likewise. */
const sideMin = 3;
const grownSideMin = 5;
/** Boxes of one page; a full newspaper page has about a thousand lines. */
const boxesMax = 4000;

function growRectangle(rectangle: Rectangle, growth: number): Rectangle {
  const { width, height } = rectangle;
  const distance = (width * height * growth) / (2 * (width + height));
  return { ...rectangle, width: width + 2 * distance, height: height + 2 * distance };
}

/** Mean probability of the pixels whose centres lie in the rectangle. */
function meanInside(map: ProbabilityMap, { centre, along, width, height }: Rectangle): number {
  const [ux, uy] = along;
  const reachX = (width * Math.abs(ux) + height * Math.abs(uy)) / 2;
  const reachY = (width * Math.abs(uy) + height * Math.abs(ux)) / 2;
  const left = Math.max(0, Math.ceil(centre[0] - reachX - 0.5));
  const right = Math.min(map.width - 1, Math.floor(centre[0] + reachX + 0.5));
  const top = Math.max(0, Math.ceil(centre[1] - reachY - 0.5));
  const bottom = Math.min(map.height - 1, Math.floor(centre[1] + reachY + 0.5));
  let sum = 0;
  let count = 0;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const s = (x - centre[0]) * ux + (y - centre[1]) * uy;
      const t = (y - centre[1]) * ux - (x - centre[0]) * uy;
      if (Math.abs(s) > width / 2 + 0.5 || Math.abs(t) > height / 2 + 0.5) continue;
      sum += map.values[y * map.width + x];
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

export interface TextBox {
  rectangle: Rectangle;
  /** Mean probability that it is text, 0 to 1. */
  score: number;
}

/** @returns boxes in pixels of the map, in no particular order */
export function findTextBoxes(map: ProbabilityMap, options: BoxOptions): TextBox[] {
  const boxes: TextBox[] = [];
  for (const region of findRegions(map, options.pixelThreshold)) {
    const rectangle = minAreaRectangle(region);
    if (Math.min(rectangle.width, rectangle.height) < sideMin) continue;
    const score = meanInside(map, rectangle);
    if (score < options.boxThreshold) continue;
    const grown = growRectangle(rectangle, options.growth);
    if (Math.min(grown.width, grown.height) < grownSideMin) continue;
    boxes.push({ rectangle: grown, score });
    if (boxes.length === boxesMax) break;
  }
  return boxes;
}
