// Bilinear resizing with pixel centres at halves, as OpenCV's INTER_LINEAR has it; where it shrinks,
// the triangle is widened by the scale, so that thin strokes do not fall between the samples.
import type { PageImage } from './page-image.ts';

/** For each target position: the first source position that counts, and the weights from there. */
function weightsOf(source: number, target: number): { first: number; weights: Float32Array }[] {
  const scale = source / target;
  const reach = Math.max(1, scale);
  return Array.from({ length: target }, (_, position) => {
    const centre = (position + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.floor(centre - reach) + 1);
    const last = Math.min(source - 1, Math.ceil(centre + reach) - 1);
    const weights = new Float32Array(last - first + 1);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = 1 - Math.abs(first + i - centre) / reach;
      sum += weights[i];
    }
    // At the edges a part of the triangle falls off the page.
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** @returns red, green and blue of each pixel, row by row, 0 to 255 and not rounded */
export function resize(page: PageImage, width: number, height: number): Float32Array {
  const columns = weightsOf(page.width, width);
  const rows = weightsOf(page.height, height);
  const result = new Float32Array(3 * width * height);
  const sum = new Float32Array(3 * page.width);
  for (const [y, { first, weights }] of rows.entries()) {
    sum.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      const offset = 3 * page.width * (first + i);
      for (let at = 0; at < sum.length; at++) sum[at] += weight * page.rgb[offset + at];
    }
    resizeRow(sum, columns, result.subarray(3 * width * y, 3 * width * (y + 1)));
  }
  return result;
}

function resizeRow(
  row: Float32Array,
  columns: { first: number; weights: Float32Array }[],
  result: Float32Array,
): void {
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x];
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let i = 0; i < weights.length; i++) {
      const at = 3 * (first + i);
      red += weights[i] * row[at];
      green += weights[i] * row[at + 1];
      blue += weights[i] * row[at + 2];
    }
    result[3 * x] = red;
    result[3 * x + 1] = green;
    result[3 * x + 2] = blue;
  }
}
