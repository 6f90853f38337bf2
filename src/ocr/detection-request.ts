// A page as the detector takes it: shrunk to a limit, its sides in multiples of 32, as the network's
// five halvings want them.
import type { TensorMap } from '#protocol/tensor.ts';
import { detectionNormalization, type PixelInput, pixelTensor } from './normalization.ts';
import type { PageImage } from './page-image.ts';
import { resize } from './resize.ts';

const sideStep = 32;

function roundSide(side: number): number {
  return Math.max(sideStep, Math.round(side / sideStep) * sideStep);
}

/** @param sideMax pixels that the longer side has at most; a smaller page is not enlarged */
export function detectionRequest(page: PageImage, input: PixelInput, sideMax: number): TensorMap {
  const scale = Math.min(1, sideMax / Math.max(page.width, page.height));
  const width = roundSide(page.width * scale);
  const height = roundSide(page.height * scale);
  const pixels = resize(page, width, height);
  const plane = width * height;
  const planes = new Uint8Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < plane; at++) {
      planes[channel * plane + at] = Math.round(pixels[3 * at + 2 - channel]);
    }
  }
  const { takesBytes } = input;
  const tensor = pixelTensor(planes, [height, width], { ...detectionNormalization, takesBytes });
  return { [input.name]: tensor };
}
