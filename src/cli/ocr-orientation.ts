// How a camera was held, by the Exif notes of its JPEG (CIPA DC-008, tag 0x0112), and the page turned
// accordingly.
import type { PageImage } from '#ocr/page-image.ts';

const tag = 0x0112;
const entryBytes = 12;

/** @returns 1 to 8; 1, upright, where the notes do not say or cannot be read */
export function readOrientation(exif: Uint8Array): number {
  // After "Exif" and a zero, of which the decoder has dropped a part: the byte order's mark is next.
  const start = exif.findIndex(
    (byte, at) => (byte === 0x49 || byte === 0x4d) && exif[at + 1] === byte,
  );
  if (start < 0 || start > 8) return 1;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.length - start);
  const isLittle = exif[start] === 0x49;
  try {
    const directory = view.getUint32(4, isLittle);
    const count = view.getUint16(directory, isLittle);
    for (let index = 0; index < count; index++) {
      const entry = directory + 2 + index * entryBytes;
      if (view.getUint16(entry, isLittle) !== tag) continue;
      const value = view.getUint16(entry + 8, isLittle);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // Cut short: the pixels are whole all the same.
  }
  return 1;
}

/** @param orientation 1 to 8: what must be done to the pixels so that they stand upright */
export function turnUpright(page: PageImage, orientation: number): PageImage {
  if (orientation === 1) return page;
  const { width, height, rgb } = page;
  const isTurned = orientation >= 5;
  const turned = new Uint8Array(rgb.length);
  const [newWidth, newHeight] = isTurned ? [height, width] : [width, height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [across, down] = isTurned ? [y, x] : [x, y];
      const sourceX = fromRight ? width - 1 - across : across;
      const sourceY = fromBottom ? height - 1 - down : down;
      const source = 3 * (sourceY * width + sourceX);
      const target = 3 * (y * newWidth + x);
      turned[target] = rgb[source];
      turned[target + 1] = rgb[source + 1];
      turned[target + 2] = rgb[source + 2];
    }
  }
  return { width: newWidth, height: newHeight, rgb: turned };
}
