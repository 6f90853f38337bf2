// A page as plain text: a line for each, and what stands beside it in its row after a tab.
import { distance } from './crop-line.ts';
import type { Box } from './page-image.ts';
import type { OcrPage } from './read-page.ts';

/** Parts of a row nearer than this many heights are of one sentence. */
const spaceMax = 1.5;

/**
 * How far the second box starts behind the first one's end, in heights of the first, if they stand
 * in one row; null if they do not.
 */
function gapInRow([topLeft, topRight, , bottomLeft]: Box, next: Box): number | null {
  const width = distance(topLeft, topRight);
  const height = distance(topLeft, bottomLeft);
  if (width === 0 || height === 0) return null;
  const [ux, uy] = [(topRight[0] - topLeft[0]) / width, (topRight[1] - topLeft[1]) / width];
  const along = (x: number, y: number) => (x - topLeft[0]) * ux + (y - topLeft[1]) * uy;
  const down = (x: number, y: number) => (y - topLeft[1]) * ux - (x - topLeft[0]) * uy;
  const middle = (down(...next[0]) + down(...next[3])) / 2 - height / 2;
  const gap = (along(...next[0]) + along(...next[3])) / 2 - width;
  return Math.abs(middle) < height / 2 && gap > -height ? gap / height : null;
}

export function pageText({ lines }: Pick<OcrPage, 'lines'>): string {
  let text = '';
  for (const [index, line] of lines.entries()) {
    if (index > 0) {
      const gap = gapInRow(lines[index - 1].box, line.box);
      text += gap === null ? '\n' : gap < spaceMax ? ' ' : '\t';
    }
    text += line.text.trim();
  }
  return text;
}
